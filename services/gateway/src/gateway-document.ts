import { FaultPoints, Health } from '@offerstream/service-kit';
import { Registry } from 'prom-client';
import { readConfig } from './config.js';
import { createGateway, type Gateway } from './gateway-service.js';

/**
 * The OpenAPI document, made by a gateway that is not to serve: nothing that it names is there.
 *
 * @param profiles an empty folder
 */
export const gatewayDocument = async (profiles: string): Promise<ReturnType<Gateway['document']>> => {
  const nowhere = '127.0.0.1:1';
  const config = readConfig({
    ADMIN_PORT: '1',
    HTTP_PORT: '1',
    KAFKA_BROKERS: nowhere,
    INFERENCE_ADDRESS: nowhere,
    PROFILES_DIR: profiles,
  });
  const gateway = await createGateway(config, {
    logger: console,
    metrics: new Registry(),
    health: new Health(),
    faults: new FaultPoints(''),
    stopping: AbortSignal.abort(),
  });
  await gateway.close();
  return gateway.document();
};
