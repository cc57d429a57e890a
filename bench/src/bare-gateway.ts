import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import { subjectKey, type PlacementId, type SubjectId } from '@offerstream/contracts';
import { publishedOffer } from '@offerstream/decisioning';
import { createHttpApi, FinishedJson, Operation } from '@offerstream/http-api';
import { openProfileReader, type ProfileReader } from '@offerstream/profile-store';
import { parseEnvironment, runService, serviceConfig, serviceSettings, setting } from '@offerstream/service-kit';
import { z } from 'zod';
import { TENANT } from './shop.js';

const PROFILES = Symbol('profiles');
const PLACEMENT = 'home' as PlacementId;
const params = z.object({
  subject: z
    .string()
    .min(1)
    .transform((id) => id as SubjectId),
});

/** What a gateway does for a stored offer, without key, rate limit, quota and metering: what these cost is measured beside it. */
@Controller('v1/offers')
class BareOffersController {
  constructor(@Inject(PROFILES) private readonly profiles: ProfileReader) {}

  @Get(':subject')
  @Operation({
    id: 'getOffer',
    tag: 'offers',
    summary: 'The stored offer.',
    scope: 'public',
    timeoutMs: null,
    response: z.unknown(),
  })
  async newest(@Param({ schema: params }) { subject }: z.output<typeof params>): Promise<FinishedJson> {
    const [publication] = await this.profiles.publications([subjectKey(TENANT, subject)]);
    const published = publication === undefined ? undefined : publishedOffer(publication, PLACEMENT);
    return new FinishedJson(published?.value.toString() ?? '{}');
  }
}

@Module({})
class BareGatewayModule {}

const settings = z.object({ ...serviceSettings, HTTP_PORT: setting.port(), PROFILES_DIR: setting.text() });

await runService({
  name: 'bare-gateway',
  readConfig: (env) => {
    const read = parseEnvironment(settings, env);
    return { ...serviceConfig(read), port: read.HTTP_PORT, folder: read.PROFILES_DIR };
  },
  create: async ({ port, folder }, { logger, metrics }) => {
    const profiles = openProfileReader({ folder });
    const { app } = await createHttpApi({
      module: {
        module: BareGatewayModule,
        controllers: [BareOffersController],
        providers: [{ provide: PROFILES, useValue: profiles }],
      },
      info: {
        title: 'Bare gateway',
        description: 'For measuring.',
        tags: { offers: 'Offers.' },
      },
      packageFile: new URL('../package.json', import.meta.url),
      authenticator: { authenticate: () => undefined },
      logger,
      metrics,
      metricName: 'bare_gateway_request_seconds',
      maxJsonBytes: 1_024,
      trustedProxies: '',
    });
    return {
      listen: () => app.listen(port, '127.0.0.1').then(() => undefined),
      close: async () => {
        await app.close();
        await profiles.close();
      },
    };
  },
});
