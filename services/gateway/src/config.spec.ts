import { readConfig } from './config.js';

const GIVEN = {
  ADMIN_PORT: '0',
  HTTP_PORT: '0',
  KAFKA_BROKERS: 'broker:9092',
  PROFILES_DIR: '/profiles',
  INFERENCE_ADDRESS: 'inference:8001',
};

describe('the configuration', () => {
  it('listens on loopback, without control, unless told otherwise', () => {
    expect(readConfig(GIVEN)).toMatchObject({
      http: { host: '127.0.0.1', port: 0 },
      profiles: { folder: '/profiles' },
      inference: { address: 'inference:8001', baseDeadlineMs: 150, rowDeadlineMs: 5 },
      modelsFolder: undefined,
      language: { workers: 1 },
      images: { workers: 1 },
      usageFlushMs: 5_000,
      control: undefined,
    });
  });

  it('takes profiles from Valkey, and quotas from control', () => {
    const env = {
      ...GIVEN,
      PROFILES_DIR: '',
      PROFILES_URL: 'redis://valkey:6379',
      CONTROL_URL: 'http://control:8080',
      SERVICE_TOKEN_FILE: '/token',
    };
    expect(readConfig(env)).toMatchObject({
      profiles: { url: 'redis://valkey:6379' },
      control: { url: 'http://control:8080', tokenFile: '/token' },
    });
  });

  it.each([
    ['no place of profiles', { PROFILES_DIR: '' }, 'PROFILES_DIR and PROFILES_URL are not set'],
    ['two places of profiles', { PROFILES_URL: 'redis://valkey:6379' }, 'give one of them'],
    ['control without a token', { CONTROL_URL: 'http://control:8080' }, 'SERVICE_TOKEN_FILE is not set'],
    ['a token without control', { SERVICE_TOKEN_FILE: '/token' }, 'CONTROL_URL is not set'],
  ])('refuses %s', (_, over, message) => {
    expect(() => readConfig({ ...GIVEN, ...over })).toThrow(message);
  });
});
