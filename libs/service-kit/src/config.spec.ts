import { z } from 'zod';
import {
  ConfigError,
  kafkaConfig,
  kafkaSettings,
  parseEnvironment,
  profileLocation,
  profileSettings,
  serviceConfig,
  serviceSettings,
  setting,
  type Environment,
} from './config.js';

const schema = z.object({
  ...serviceSettings,
  ...kafkaSettings,
  FOLDER: setting.text(),
  SIZE: setting.integer(1, 10, 'records').default(5),
  ON: setting.flag(false),
});
const least: Environment = { ADMIN_PORT: '0', KAFKA_BROKERS: 'a:9092', FOLDER: '/data' };

const mistakes = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
};

describe('a configuration', () => {
  it('has what is given, and defaults for the rest', () => {
    const settings = parseEnvironment(schema, { ...least, SIZE: '7', ON: 'true', UNKNOWN: 'ignored' });
    expect([settings.FOLDER, settings.SIZE, settings.ON]).toEqual(['/data', 7, true]);
    expect(serviceConfig(settings)).toEqual({ admin: { host: '127.0.0.1', port: 0 }, logLevel: 'log', faults: '' });
    expect(kafkaConfig(settings)).toEqual({
      brokers: ['a:9092'],
      tls: false,
      naming: { prefix: 'offerstream.', suffix: '.v1' },
      replicationFactor: undefined,
    });
  });

  it('leaves the replication of topics to the brokers unless it is told a number', () => {
    const read = (env: Environment) => kafkaConfig(parseEnvironment(schema, { ...least, ...env })).replicationFactor;
    expect([read({}), read({ TOPIC_REPLICATION: '' }), read({ TOPIC_REPLICATION: '3' })]).toEqual([
      undefined,
      undefined,
      3,
    ]);
  });

  it('takes an empty variable for one that is not set', () => {
    const settings = parseEnvironment(schema, { ...least, SIZE: '', ON: '', LOG_LEVEL: '' });
    expect([settings.SIZE, settings.ON, settings.LOG_LEVEL]).toEqual([5, false, 'log']);
    expect(mistakes(() => parseEnvironment(schema, { ...least, FOLDER: '' }))).toEqual([
      'FOLDER is not set: give a value',
    ]);
  });

  it('names all mistakes at once: the variable, the value seen, what would be right', () => {
    const read = () =>
      parseEnvironment(schema, {
        ADMIN_PORT: '70000',
        KAFKA_BROKERS: ' , ',
        SIZE: 'many',
        ON: 'yes',
        LOG_LEVEL: 'loud',
        TOPIC_REPLICATION: '1.5',
        FAULTS: 'before-save=explode',
      });
    expect(mistakes(read).toSorted()).toEqual([
      'ADMIN_PORT is "70000": give a port, 0 to 65535',
      'FAULTS is "before-save=explode": give point=kill|stop|throw or point=kill|stop|throw@n, comma-separated',
      'FOLDER is not set: give a value',
      'KAFKA_BROKERS is " , ": give a comma-separated list',
      'LOG_LEVEL is "loud": give error, warn, log or debug',
      'ON is "yes": give true or false',
      'SIZE is "many": give records, 1 to 10',
      'TOPIC_REPLICATION is "1.5": give a replication factor, 1 to 10',
    ]);
    expect(read).toThrow(/not usable:\n {2}ADMIN_PORT is "70000"/);
  });

  it('repeats no secret, and says what would be right', () => {
    const secret = z.object({ URL: setting.secret(z.string('give a:b').regex(/^a:/, 'give a:b').optional()) });
    expect(mistakes(() => parseEnvironment(secret, { URL: 'c:hunter2' }))).toEqual(["URL can't be used: give a:b"]);
  });

  it('needs an admin port', () => {
    expect(mistakes(() => parseEnvironment(schema, { ...least, ADMIN_PORT: undefined }))).toEqual([
      'ADMIN_PORT is not set: give a port, 0 to 65535',
    ]);
  });

  it.each([
    ['a:1', ['a:1']],
    [' a:1 ,b:2,', ['a:1', 'b:2']],
  ])('reads the list %j', (text, brokers) => {
    expect(parseEnvironment(schema, { ...least, KAFKA_BROKERS: text }).KAFKA_BROKERS).toEqual(brokers);
  });

  it('takes SASL with its name and password, and not without', () => {
    const sasl = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
    const read = (env: Environment) => kafkaConfig(parseEnvironment(schema, { ...least, ...env }));
    expect(read(sasl).sasl).toEqual({ mechanism: 'plain', username: 'u', password: 'p' });
    expect(mistakes(() => read({ KAFKA_SASL_MECHANISM: 'plain' }))).toEqual([
      'KAFKA_SASL_USERNAME is not set: give it to KAFKA_SASL_MECHANISM plain',
      'KAFKA_SASL_PASSWORD is not set: give it to KAFKA_SASL_MECHANISM plain',
    ]);
    expect(read({ KAFKA_SASL_USERNAME: 'u' }).sasl).toBeUndefined();
  });
});

describe('where profiles are', () => {
  const locationOf = (env: Environment) =>
    profileLocation(parseEnvironment(z.object(profileSettings), env), (url) => {
      if (!url.startsWith('redis:')) throw new Error('It begins with another word than redis.');
    });

  it.each([
    [{ PROFILES_DIR: '/data' }, { folder: '/data' }],
    [{ PROFILES_DIR: '', PROFILES_URL: 'redis://valkey:6379/1' }, { url: 'redis://valkey:6379/1' }],
  ])('is read from %j', (env, location) => {
    expect(locationOf(env)).toEqual(location);
  });

  it.each([
    ['neither', {}, 'PROFILES_DIR and PROFILES_URL are not set'],
    ['both', { PROFILES_DIR: '/data', PROFILES_URL: 'redis://:secret@valkey' }, 'PROFILES_DIR is "/data"'],
    ['a URL of something else', { PROFILES_URL: 'http://:secret@valkey' }, "PROFILES_URL can't be used. It begins"],
  ])('is refused of %s, without a word of the password', (_, env, mistake) => {
    const found = mistakes(() => locationOf(env)).join();
    expect(found).toContain(mistake);
    expect(found).not.toContain('secret');
  });
});
