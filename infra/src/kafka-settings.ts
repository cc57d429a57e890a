export const KAFKA_VERSION = '4.1.0';
export const KAFKA_IMAGE = `apache/kafka:${KAFKA_VERSION}`;
export const KAFKA_HEAP = '-Xmx512m';
/** Java's default collector takes each produce request of half a region for a reason to go through the whole of so small a heap. */
export const KAFKA_JVM_FLAGS = ['-server', '-XX:+UseSerialGC', '-Djava.awt.headless=true'];

/** How a single local broker is set, whichever way it runs. Topics carry their own settings. */
const BROKER_SETTINGS: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  // A topic that is made by being mentioned has the wrong settings.
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': '8',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'min.insync.replicas': '1',
  // With one member to wait for, waiting for more only delays the first offer.
  'group.initial.rebalance.delay.ms': '0',
  // Lets consumers choose how soon the partitions of a killed member are handed on.
  'group.min.session.timeout.ms': '1000',
  // After a crash the same broker waits until its former self counts as gone.
  'broker.heartbeat.interval.ms': '1000',
  'broker.session.timeout.ms': '6000',
  'log.retention.hours': '168',
  // Retention and compaction never touch the newest segment.
  'log.segment.bytes': String(128 * 1024 * 1024),
  'log.retention.check.interval.ms': '60000',
};

export interface Listeners {
  /** Where the broker listens, as the process sees it. */
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Where clients find it. */
  readonly advertisedHost: string;
  readonly advertisedPort: number;
  readonly logDir: string;
}

/** All settings of a single broker in KRaft combined mode, by the names of `server.properties`. */
export const brokerSettings = (listeners: Listeners): Readonly<Record<string, string>> => ({
  ...BROKER_SETTINGS,
  'controller.quorum.voters': `1@127.0.0.1:${listeners.controllerPort}`,
  listeners: `PLAINTEXT://${listeners.host}:${listeners.port},CONTROLLER://127.0.0.1:${listeners.controllerPort}`,
  'advertised.listeners': `PLAINTEXT://${listeners.advertisedHost}:${listeners.advertisedPort}`,
  'log.dirs': listeners.logDir,
});

/** The same settings as environment variables of the image `apache/kafka`, which listens on 9092 inside. */
export const brokerContainerEnvironment = (
  advertised: Pick<Listeners, 'advertisedHost' | 'advertisedPort'>,
  clusterId: string,
): Readonly<Record<string, string>> => {
  const settings = brokerSettings({
    ...advertised,
    host: '0.0.0.0',
    port: 9092,
    controllerPort: 9093,
    logDir: KAFKA_CONTAINER_DATA,
  });
  return {
    CLUSTER_ID: clusterId,
    KAFKA_HEAP_OPTS: KAFKA_HEAP,
    KAFKA_JVM_PERFORMANCE_OPTS: KAFKA_JVM_FLAGS.join(' '),
    ...Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
    ),
  };
};

export const KAFKA_CONTAINER_DATA = '/var/lib/kafka/data';
