/** One row of the topic table: how a topic is created when it is missing. */
export interface TopicSettings {
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

// A record stamped with an event's own (old) time would be deleted by retention within seconds.
const BROKER_TIME = { 'message.timestamp.type': 'LogAppendTime' } as const;

const stream = (partitions: number, retentionDays: number, maxMessageBytes = MIB): TopicSettings => ({
  partitions,
  config: {
    ...BROKER_TIME,
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionDays * DAY_MS),
    'max.message.bytes': String(maxMessageBytes),
  },
});

const table = (partitions: number): TopicSettings => ({
  partitions,
  config: { ...BROKER_TIME, 'cleanup.policy': 'compact', 'max.message.bytes': String(MIB) },
});

/** A table of which a key's record is of no use any more some days after it was written. */
const passingTable = (partitions: number, days = 1): TopicSettings => {
  const { config } = table(partitions);
  return {
    partitions,
    config: {
      ...config,
      'cleanup.policy': 'compact,delete',
      'retention.ms': String(days * DAY_MS),
      // The newest segment is neither compacted nor deleted, and whoever starts reads all of it.
      'segment.ms': String(10 * 60_000),
    },
  };
};

export const CLICKSTREAM_PARTITIONS = 12;

/** Every topic that Offerstream creates. `clickstream` takes large records so that they can be refused with a reason. */
export const TOPICS = {
  clickstream: stream(CLICKSTREAM_PARTITIONS, 7, 6 * MIB),
  'clickstream-failed': stream(3, 30, 7 * MIB),
  offers: stream(CLICKSTREAM_PARTITIONS, 3),
  'user-vectors': table(CLICKSTREAM_PARTITIONS),
  catalog: table(3),
  // In the partitions of their items, so that whoever reads one of each sees all of an item.
  pictures: table(3),
  'item-vectors': table(3),
  tenants: table(1),
  models: table(1),
  outcomes: stream(CLICKSTREAM_PARTITIONS, 30),
  // Compacted, since the greatest count of a source says all: invoices can be made again from the whole of it.
  usage: table(3),
  // A source's weights have decayed to nothing by then, and each run of a process is a source.
  trends: passingTable(1),
  searches: passingTable(1, 28),
} as const satisfies Record<string, TopicSettings>;

export type TopicName = keyof typeof TOPICS;
export const TOPIC_NAMES = Object.keys(TOPICS) as readonly TopicName[];

/** How logical topic names become names on a broker, for example `offerstream.offers.v1`. */
export interface TopicNaming {
  readonly prefix: string;
  readonly suffix: string;
}

export const DEFAULT_TOPIC_NAMING: TopicNaming = { prefix: 'offerstream.', suffix: '.v1' };

export const topicOnBroker = (topic: TopicName, naming: TopicNaming): string =>
  `${naming.prefix}${topic}${naming.suffix}`;
