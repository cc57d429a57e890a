/**
 * The parts of kafkajs below its public API: cluster metadata, connections (TLS, SASL, versions) and the codecs of the
 * group protocol. Its producer and consumer are not used. The producer overlaps sequence numbers, throws away the
 * per-partition outcome of a send and encodes at 46 µs a record; the consumer has no revoke step, commits with whatever
 * generation is current and leaves a dead loop in a live process. kafkajs is pinned at 2.2.4, its last release, so that
 * these paths can't move; nothing else in the workspace may import them.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Logger } from 'kafkajs';
import { isBug, KafkaUnavailable, protocolErrorOf } from './errors.js';

const load = createRequire(import.meta.url);

/** Metadata of one partition, as the last metadata response told it. `leader` is -1 while there is none. */
export interface PartitionMetadata {
  readonly partitionId: number;
  readonly leader: number;
}

export interface JoinedGroup {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string }[];
}

interface TopicPartitions<Partition> {
  readonly topic: string;
  readonly partitions: readonly Partition[];
}

/** A request that is already bytes. */
export interface FramedRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** The whole frame, with its length in front and its correlation id at {@link CORRELATION_ID_AT}. */
  readonly frame: Buffer;
}

interface Connection {
  readonly socket?: Socket;
  readonly requestQueue: {
    push(request: {
      readonly entry: {
        readonly apiKey: number;
        readonly apiVersion: number;
        readonly apiName: string;
        readonly correlationId: number;
        readonly resolve: (answer: { readonly payload: Buffer }) => void;
        readonly reject: (error: Error) => void;
      };
      readonly expectResponse: boolean;
      readonly requestTimeout: number | null;
      readonly sendRequest: () => void;
    }): void;
    maybeThrottle(milliseconds: number): void;
  };
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  failIfNotConnected(): void;
  bytesBuffered: number;
  bytesNeeded: number;
  chunks: Buffer[];
  disconnect(): Promise<true>;
  rejectRequests(error: Error): void;
  connect: (this: Connection) => Promise<boolean>;
}

export interface Broker {
  readonly nodeId: number | string;
  readonly connectionPool: {
    readonly host: string;
    readonly port: number;
    readonly pool: readonly Connection[];
    getConnection(index: number): Promise<Connection>;
  };
  isConnected(): boolean;
  initProducerId(request: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
  joinGroup(request: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: readonly { name: string; metadata: Buffer }[];
  }): Promise<JoinedGroup>;
  syncGroup(request: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: readonly { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetFetch(request: {
    groupId: string;
    topics: readonly TopicPartitions<{ partition: number }>[];
  }): Promise<{ responses: readonly TopicPartitions<{ partition: number; offset: string }>[] }>;
  offsetCommit(request: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly TopicPartitions<{ partition: number; offset: string }>[];
  }): Promise<unknown>;
}

export interface Cluster {
  readonly brokerPool: {
    readonly seedBroker: Broker | undefined;
    readonly brokers: Readonly<Record<string, Broker>>;
  };
  connect(): Promise<void>;
  isConnected(): boolean;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[];
  findBroker(node: { nodeId: number | string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
  removeBroker(address: { host: string; port: number }): void;
  fetchTopicsOffset(
    topics: readonly (TopicPartitions<{ partition: number }> & {
      readonly fromBeginning?: boolean;
      readonly fromTimestamp?: number;
    })[],
  ): Promise<readonly TopicPartitions<{ partition: number; offset: string }>[]>;
}

export interface ClusterOptions {
  readonly logger: Logger;
  readonly socketFactory: unknown;
  readonly brokers: readonly string[];
  readonly ssl: unknown;
  readonly sasl: unknown;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly authenticationTimeout: number;
  readonly reauthenticationThreshold: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly metadataMaxAge: number;
  readonly retry: { readonly retries: number; readonly initialRetryTime: number; readonly maxRetryTime: number };
  readonly allowAutoTopicCreation: boolean;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

const ClusterConstructor = load('kafkajs/src/cluster') as new (options: ClusterOptions) => Cluster;
const ConnectionConstructor = load('kafkajs/src/network/connection') as { readonly prototype: Connection };
const RequestQueueConstructor = load('kafkajs/src/network/requestQueue') as {
  readonly prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
};
const socketFactory = load('kafkajs/src/network/socketFactory') as () => unknown;
const { createLogger } = load('kafkajs/src/loggers') as {
  createLogger: (options: { level: number; logCreator: unknown }) => Logger;
};

/** kafkajs' own table of protocol errors, by the number on the wire. */
export const { createErrorFromCode } = load('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error & { readonly type: string; readonly retriable: boolean };
};

export const { MemberMetadata, MemberAssignment } = load('kafkajs/src/consumer/assignerProtocol') as {
  MemberMetadata: { encode(metadata: { version: number; topics: readonly string[] }): Buffer };
  MemberAssignment: {
    encode(assignment: {
      version: number;
      assignment: Readonly<Record<string, readonly number[]>>;
      userData?: Buffer;
    }): Buffer;
    decode(
      buffer: Buffer,
    ): { readonly assignment: Readonly<Record<string, readonly number[]>>; readonly userData: Buffer | null } | null;
  };
};

// A connection cut in the middle of a response keeps the half it has, and reads the next connection's first bytes as
// the other half.
const connect = ConnectionConstructor.prototype.connect;
ConnectionConstructor.prototype.connect = function (this: Connection) {
  this.chunks = [];
  this.bytesBuffered = 0;
  this.bytesNeeded = 4;
  return connect.call(this);
};

// The original sets a timer with a negative delay after every response (Node's TimeoutNegativeWarning), also when
// nothing waits.
const CHECK_PENDING_MS = 10;
RequestQueueConstructor.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledForMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledForMs > 0 ? throttledForMs : CHECK_PENDING_MS,
  );
};

export const createCluster = (options: Omit<ClusterOptions, 'socketFactory'>): Cluster =>
  new ClusterConstructor({ ...options, socketFactory: socketFactory() });

export const createKafkajsLogger = (level: number, logCreator: unknown): Logger => createLogger({ level, logCreator });

/** kafkajs keeps two connections to a broker, so that a fetch that waits for records holds up nothing else. */
export const REQUEST_CONNECTION = 0;
export const FETCH_CONNECTION = 1;

const CORRELATION_ID_AT = 8;

/** What stands in front of a request's body: length, api key and version, correlation id, client id. */
export const frameHeaderBytes = (clientId: string): number => 14 + Buffer.byteLength(clientId);

/** Writes the frame's header but for the correlation id, which {@link sendFrame} puts in; returns where the body starts. */
export const writeFrameHeader = (frame: Buffer, apiKey: number, apiVersion: number, clientId: string): number => {
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(apiKey, 4);
  frame.writeInt16BE(apiVersion, 6);
  frame.writeInt16BE(Buffer.byteLength(clientId), 12);
  return 14 + frame.write(clientId, 14, 'utf8');
};

/**
 * Sends a frame as it is (kafkajs would copy it twice) and resolves with the response's body.
 *
 * @param onWritten called right before the bytes go to the socket: from then on the broker may have taken them
 */
export const sendFrame = async (
  broker: Broker,
  connectionIndex: number,
  { apiKey, apiVersion, apiName, frame }: FramedRequest,
  onWritten?: () => void,
): Promise<{ readonly payload: Buffer; readonly throttle: (milliseconds: number) => void }> => {
  const connection = await broker.connectionPool.getConnection(connectionIndex);
  if (!connection.isAuthenticated()) await connection.authenticate();
  connection.failIfNotConnected();
  const correlationId = connection.nextCorrelationId();
  frame.writeInt32BE(correlationId, CORRELATION_ID_AT);
  const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { apiKey, apiVersion, apiName, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => {
        onWritten?.();
        connection.socket?.write(frame);
      },
    });
  });
  return { payload, throttle: (milliseconds) => connection.requestQueue.maybeThrottle(milliseconds) };
};

/**
 * Waits for a request; when it fails for another reason than the broker's own answer, cuts the connections to that
 * broker at once and forgets it, so that the next request meets fresh sockets. (kafkajs' `disconnect` waits for
 * requests that a frozen broker never answers, and goes on reading the socket.)
 */
export const orCut = async <Result>(cluster: Cluster, broker: Broker, request: Promise<Result>): Promise<Result> => {
  try {
    return await request;
  } catch (error) {
    if (protocolErrorOf(error) === undefined && !isBug(error)) cutBroker(cluster, broker, error as Error);
    throw error;
  }
};

const cutConnections = (broker: Broker, reason: Error): void => {
  for (const connection of broker.connectionPool.pool) {
    connection.rejectRequests(reason);
    void connection.disconnect();
    connection.socket?.destroy();
  }
};

const cutBroker = (cluster: Cluster, broker: Broker, reason: Error): void => {
  cutConnections(broker, reason);
  cluster.removeBroker({ host: broker.connectionPool.host, port: broker.connectionPool.port });
};

/** Closes all connections of a cluster at once, whatever is outstanding on them. */
export const closeCluster = (cluster: Cluster): void => {
  const { seedBroker, brokers } = cluster.brokerPool;
  const reason = new KafkaUnavailable('The connection was closed.');
  for (const broker of new Set([...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])])) {
    cutConnections(broker, reason);
  }
};
