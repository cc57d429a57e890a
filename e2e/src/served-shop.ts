import { readFile } from 'node:fs/promises';
import { freePort } from '@offerstream/infra';
import { kafkaBrokers } from '@offerstream/testing';
import { itemId, ITEMS, Line, MODEL, TENANT } from './line.js';
import type { ServiceProcess } from './service-process.js';
import { ask, type ServedApi } from './serving.js';

export const PLACEMENTS = [{ id: 'home', model: MODEL, slots: 10, validitySeconds: 86_400 }];

/** A plan that prices events, and prices and limits what gateways count. */
export const planOf = (name: string, limit: number | null, whileUnknown: 'serve' | 'refuse') => {
  const terms = { included: 100, limit, tiers: [{ upTo: null, pricePerThousandMicros: 500_000 }] };
  return {
    name,
    currency: 'EUR',
    whileUnknown,
    requestsPerSecond: 1_000_000,
    meters: {
      events: { ...terms, limit: null },
      offers: terms,
      recommendations: terms,
      tokens: terms,
      searches: terms,
      images: terms,
    },
  };
};

/** A line with a back office, through which a shop comes in; gateways and a collector are at its service. */
export class ServedShop {
  private constructor(
    readonly line: Line,
    private readonly databaseUrl: string,
    /** The back office as the operator sees it. */
    readonly control: ServedApi,
    readonly collectorUrl: string,
    readonly collector: ServiceProcess,
  ) {}

  static async start(databaseUrl: string, brokers?: readonly string[]): Promise<ServedShop> {
    return ServedShop.startServices(await Line.prepare(brokers ?? (await kafkaBrokers())), databaseUrl);
  }

  /** After all of it ended: the same shop, at other addresses. */
  startAgain(): Promise<ServedShop> {
    return ServedShop.startServices(this.line, this.databaseUrl);
  }

  private static async startServices(line: Line, databaseUrl: string): Promise<ServedShop> {
    await line.startInference();
    const [controlUrl] = await startControl(line, databaseUrl);
    const collectorPort = await freePort();
    const collector = await line.start('collector', {
      HTTP_PORT: String(collectorPort),
      CONTROL_URL: controlUrl,
      SERVICE_TOKEN_FILE: line.path('control/services/service-token'),
    });
    const services = [await line.startPersonalizer(), collector];
    await Promise.all(services.map((service) => service.ready()));
    const token = (await readFile(line.path('control/admin-token'), 'utf8')).trim();
    const control = { url: controlUrl, token };
    return new ServedShop(line, databaseUrl, control, `http://127.0.0.1:${collectorPort}`, collector);
  }

  /** Another back office on the same database, as the operator sees it. */
  async startSecondControl(): Promise<ServedApi> {
    const [url] = await startControl(this.line, this.databaseUrl);
    return { url, token: this.control.token };
  }

  async startGateway(): Promise<{ readonly url: string; readonly process: ServiceProcess }> {
    const port = await freePort();
    const process = await this.line.start('gateway', {
      HTTP_PORT: String(port),
      PROFILES_DIR: this.line.path('profiles'),
      INFERENCE_ADDRESS: this.line.inferenceAddress,
      MODELS_DIR: this.line.path('models'),
      // On a busy machine inference may be slow; only tests of degradation want that to be seen.
      INFERENCE_DEADLINE_MS: '10000',
      CONTROL_URL: this.control.url,
      SERVICE_TOKEN_FILE: this.line.path('control/services/service-token'),
    });
    await process.ready();
    return { url: `http://127.0.0.1:${port}`, process };
  }

  /** The operator makes the tenant, with this plan. */
  async makeTenant(plan: ReturnType<typeof planOf>): Promise<void> {
    const id = plan.name.toLowerCase();
    await ask(this.control, 'PUT', `/v1/tenants/${TENANT}`, { consent: 'assumed', placements: PLACEMENTS });
    await ask(this.control, 'PUT', `/v1/plans/${id}`, plan);
    await ask(this.control, 'PUT', `/v1/tenants/${TENANT}/plan`, { plan: id });
  }

  /** @param who lets one in: the operator, or somebody of the tenant */
  async makeKey(kind: 'wk' | 'sk', who = this.control): Promise<string> {
    const path = `/v1/tenants/${TENANT}/keys`;
    return (await ask<{ readonly key: string }>(who, 'POST', path, { purpose: 'e2e', kind })).key;
  }

  /** A view of an item, through the collector. */
  async view(writeKey: string, subject: string, item: number): Promise<void> {
    await this.track(writeKey, subject, 'Product Viewed', { product_id: itemId(item % ITEMS) });
  }

  async track(writeKey: string, userId: string, event: string, properties: object): Promise<void> {
    await ask({ url: this.collectorUrl, token: '' }, 'POST', '/v1/track', { writeKey, userId, event, properties });
  }

  /** Units of a meter so far, as the back office knows them. */
  async usage(meter: string, who = this.control): Promise<number> {
    const { totals } = await ask<{
      readonly totals: readonly { readonly meter: string; readonly units: number }[];
    }>(who, 'GET', `/v1/tenants/${TENANT}/usage?by=month`);
    return totals.filter((each) => each.meter === meter).reduce((sum, { units }) => sum + units, 0);
  }

  close(): Promise<void> {
    return this.line.close();
  }
}

const startControl = async (line: Line, databaseUrl: string): Promise<readonly [string, ServiceProcess]> => {
  const port = await freePort();
  const control = await line.start('control', {
    CONTROL_PORT: String(port),
    CONTROL_DATA: line.path('control'),
    DATABASE_URL: databaseUrl,
  });
  await control.ready();
  return [`http://127.0.0.1:${port}`, control];
};
