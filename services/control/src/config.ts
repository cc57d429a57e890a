import {
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  serviceConfig,
  serviceSettings,
  setting,
  type Environment,
  type KafkaConfig,
  type ServiceConfig,
} from '@offerstream/service-kit';
import { z } from 'zod';
import { MAX_WINDOW_DAYS } from './outcomes/report-schemas.js';

export interface ControlConfig extends ServiceConfig {
  readonly http: { readonly host: string; readonly port: number };
  /** Whose word about the address of a caller is taken. */
  readonly trustedProxies: string;
  /** Holds the admin token and the service token. */
  readonly dataFolder: string;
  /** Whether anybody may create a tenant of his own. */
  readonly signUp: boolean;
  readonly databaseUrl: string;
  /** Hosts of the operator's own network from which tenants may have pictures fetched. */
  readonly picturePrivateHosts: readonly string[];
  /** For how many days after it a purchase is owed to a click or an addition to the cart. */
  readonly attributionDays: number;
  /** For how many days outcomes are kept. */
  readonly outcomeDays: number;
  /** How many days after the end of a month its invoices stay drafts. */
  readonly invoiceGraceDays: number;
  readonly kafka: KafkaConfig;
}

const settings = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  /** Who reaches this address and has the admin token may change everything: loopback unless told otherwise. */
  CONTROL_HOST: setting.text('127.0.0.1'),
  CONTROL_PORT: setting.port(),
  CONTROL_DATA: setting.text(),
  /** Whether strangers may sign up; wherever they may reach the address, they can. */
  CONTROL_SIGN_UP: setting.flag(true),
  /**
   * Proxies whose X-Forwarded-For is believed, as addresses, ranges, or `loopback`, comma-separated: attempts to sign up and in are
   * limited by address. Wrong when it names more than the proxies: then callers choose their address.
   */
  TRUSTED_PROXIES: setting.text('loopback'),
  DATABASE_URL: setting.secret(
    z
      .string('give postgresql://user:password@host:port/database')
      .regex(/^postgres(ql)?:\/\//, 'give postgresql://user:password@host:port/database'),
  ),
  /**
   * Host names of which pictures are fetched though their addresses are private, by http and from any port too, by tenants that allow
   * them. For tests and local development: a tenant then reaches all that answers there.
   */
  PICTURE_PRIVATE_HOSTS: setting.list().optional(),
  /** The window of reports that ask for no other, and of the metrics. */
  CONTROL_ATTRIBUTION_DAYS: setting.integer(1, MAX_WINDOW_DAYS, 'days').default(7),
  /** Reports do not reach further back, and neither do their windows. */
  CONTROL_OUTCOME_DAYS: setting.integer(1, 3_650, 'days').default(90),
  /** For usage that comes late. What comes after it is billed with the next month. */
  CONTROL_INVOICE_GRACE_DAYS: setting.integer(0, 28, 'days').default(3),
});

/** @throws ConfigError */
export const readConfig = (env: Environment): ControlConfig => {
  const read = parseEnvironment(settings, env);
  return {
    ...serviceConfig(read),
    http: { host: read.CONTROL_HOST, port: read.CONTROL_PORT },
    trustedProxies: read.TRUSTED_PROXIES,
    dataFolder: read.CONTROL_DATA,
    signUp: read.CONTROL_SIGN_UP,
    databaseUrl: read.DATABASE_URL,
    picturePrivateHosts: read.PICTURE_PRIVATE_HOSTS ?? [],
    attributionDays: read.CONTROL_ATTRIBUTION_DAYS,
    outcomeDays: read.CONTROL_OUTCOME_DAYS,
    invoiceGraceDays: read.CONTROL_INVOICE_GRACE_DAYS,
    kafka: kafkaConfig(read),
  };
};
