import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from './connection.js';
import { isBug, isTopicMissing, protocolErrorOf } from './errors.js';
import {
  MemberAssignment,
  MemberMetadata,
  orCut,
  type Broker,
  type Cluster,
  type JoinedGroup,
} from './kafkajs-internals.js';
import { partitionsOf } from './log-reader.js';

/** The partitions that a member has in one generation of its group. */
export interface Assignment {
  readonly generationId: number;
  readonly memberId: string;
  readonly partitions: readonly number[];
  /** How many partitions the topic had when they were dealt out: the same number for every member of the group. */
  readonly topicPartitions: number;
  /**
   * Whether these partitions are still this member's. Ask before publishing: once it said no, it never says yes again
   * for this assignment. A process that was paused for longer than the session gets no without asking the broker.
   */
  isCurrent(): boolean;
  /** Gives the partitions up: what is in work is abandoned, the group is joined again and positions are asked for anew. */
  giveUp(): void;
}

export interface GroupMemberOptions {
  readonly groupId: string;
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/** An assignment with its life: current, then asked back by the group (work may be finished), then lost. */
export class GroupAssignment implements Assignment {
  #isLost = false;
  readonly #ended = Promise.withResolvers<undefined>();
  /** Resolves when the group wants to rebalance or this member's place is gone; rejects with a bug. */
  readonly ended: Promise<unknown> = this.#ended.promise;
  #aliveAt: number;

  /** @param sentAt when the request was sent that was answered with these partitions */
  constructor(
    readonly generationId: number,
    readonly memberId: string,
    readonly partitions: readonly number[],
    readonly topicPartitions: number,
    private readonly sessionTimeoutMs: number,
    /** This member dealt the topic's partitions out to the group. */
    readonly isDealer: boolean,
    sentAt: number,
  ) {
    this.#aliveAt = sentAt;
    // Whoever works with the assignment may not be waiting for its end yet.
    this.ended.catch(() => undefined);
  }

  isCurrent(): boolean {
    if (performance.now() - this.#aliveAt > this.sessionTimeoutMs) this.lose();
    return !this.#isLost;
  }

  /** When the last request that was answered had been sent. */
  get aliveAt(): number {
    return this.#aliveAt;
  }

  heardOf(sentAt: number): void {
    this.#aliveAt = Math.max(this.#aliveAt, sentAt);
  }

  askBack(): void {
    this.#ended.resolve(undefined);
  }

  giveUp(): void {
    this.lose();
  }

  /** Ends it with an error that joining again can't heal. */
  failWith(error: Error): void {
    this.#ended.reject(error);
    this.lose();
  }

  lose(): void {
    this.#isLost = true;
    this.#ended.resolve(undefined);
  }
}

/**
 * Members learn of new partitions at different times, so the dealer's count of them goes with what it deals out: four
 * bytes, big-endian, in the assignment's user data.
 */
const encodePartitionCount = (count: number): Buffer => {
  const userData = Buffer.alloc(4);
  userData.writeInt32BE(count);
  return userData;
};

/** Undefined where the dealer tells none, as other clients and earlier versions do. */
const decodePartitionCount = (userData: Buffer | null | undefined): number | undefined =>
  userData?.length === 4 ? userData.readInt32BE() : undefined;

const PROTOCOL = 'RoundRobinAssigner';
const COMMIT_RETRY_MS = 100;
const LOST: readonly (string | undefined)[] = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

/** True for errors after which joining the group again is the answer. */
export const meansRejoin = (error: unknown): boolean =>
  LOST.includes(protocolErrorOf(error)) || protocolErrorOf(error) === 'REBALANCE_IN_PROGRESS';

/** Membership of one consumer group for one topic, by Kafka's classic group protocol. */
export class GroupMember {
  #memberId = '';
  #coordinator: Broker | undefined;

  constructor(
    readonly kafka: Kafka,
    readonly cluster: Cluster,
    readonly options: GroupMemberOptions,
  ) {}

  /** Joins and keeps the place by heartbeats until the assignment has ended and is lost. */
  async join(): Promise<GroupAssignment> {
    const { groupId, topic, sessionTimeoutMs, rebalanceTimeoutMs } = this.options;
    const coordinator = await this.#findCoordinator();
    try {
      const joined = await orCut(
        this.cluster,
        coordinator,
        coordinator.joinGroup({
          groupId,
          sessionTimeout: sessionTimeoutMs,
          rebalanceTimeout: rebalanceTimeoutMs,
          memberId: this.#memberId,
          groupProtocols: [{ name: PROTOCOL, metadata: MemberMetadata.encode({ version: 0, topics: [topic] }) }],
        }),
      );
      this.#memberId = joined.memberId;
      await this.cluster.refreshMetadata();
      const all = partitionsOf(this.cluster, topic);
      const isDealer = joined.leaderId === joined.memberId;
      const sentAt = performance.now();
      const { memberAssignment } = await orCut(
        this.cluster,
        coordinator,
        coordinator.syncGroup({
          groupId,
          generationId: joined.generationId,
          memberId: joined.memberId,
          groupAssignment: isDealer ? this.#deal(all, joined) : [],
        }),
      );
      const dealt = MemberAssignment.decode(memberAssignment);
      const partitions = dealt?.assignment[topic] ?? [];
      const assignment = new GroupAssignment(
        joined.generationId,
        joined.memberId,
        partitions.toSorted((left, right) => left - right),
        decodePartitionCount(dealt?.userData) ?? all.length,
        sessionTimeoutMs,
        isDealer,
        sentAt,
      );
      void this.#keepAlive(assignment);
      return assignment;
    } catch (error) {
      this.#forgetOn(error);
      throw error;
    }
  }

  /** The group's committed offsets of these partitions; undefined where nothing is committed. */
  async committed(partitions: readonly number[]): Promise<ReadonlyMap<number, number | undefined>> {
    const { groupId, topic } = this.options;
    const coordinator = await this.#findCoordinator();
    const { responses } = await this.#ask(
      coordinator.offsetFetch({
        groupId,
        topics: [{ topic, partitions: partitions.map((partition) => ({ partition })) }],
      }),
    );
    const offsets = new Map(responses[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      partitions.map((partition) => {
        const offset = offsets.get(partition) ?? -1;
        return [partition, offset < 0 ? undefined : offset];
      }),
    );
  }

  /**
   * Commits in the assignment's own generation, which the broker refuses once another one exists. Tries again while
   * Kafka is away; a topic that is missing loses the assignment, since the offsets are not those of one made anew.
   *
   * @returns false when the assignment was lost and nothing was committed
   */
  async commit(assignment: GroupAssignment, offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { groupId, topic } = this.options;
    while (assignment.isCurrent()) {
      try {
        const coordinator = await this.#findCoordinator();
        await this.#ask(
          coordinator.offsetCommit({
            groupId,
            groupGenerationId: assignment.generationId,
            memberId: assignment.memberId,
            topics: [
              {
                topic,
                partitions: [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) })),
              },
            ],
          }),
        );
        return true;
      } catch (error) {
        if (isBug(error)) throw error;
        if (meansRejoin(error) || isTopicMissing(error)) assignment.lose();
        else if (protocolErrorOf(error) !== undefined && Reflect.get(error as Error, 'retriable') !== true) throw error;
        else await sleep(COMMIT_RETRY_MS);
      }
    }
    return false;
  }

  /** Gives the place up, so that the others need not wait for the session to end. */
  async leave(): Promise<void> {
    if (this.#memberId === '') return;
    const memberId = this.#memberId;
    this.#memberId = '';
    const coordinator = await this.#findCoordinator();
    await this.#ask(coordinator.leaveGroup({ groupId: this.options.groupId, memberId }));
  }

  async #keepAlive(assignment: GroupAssignment): Promise<void> {
    const { groupId, heartbeatIntervalMs } = this.options;
    for (;;) {
      await sleep(heartbeatIntervalMs, undefined, { ref: false });
      if (!assignment.isCurrent()) return;
      const sentAt = performance.now();
      try {
        const coordinator = await this.#findCoordinator();
        if (!assignment.isCurrent()) return;
        await this.#ask(
          coordinator.heartbeat({ groupId, groupGenerationId: assignment.generationId, memberId: assignment.memberId }),
        );
        assignment.heardOf(sentAt);
      } catch (error) {
        if (isBug(error)) {
          assignment.failWith(error);
          return;
        }
        if (protocolErrorOf(error) === 'REBALANCE_IN_PROGRESS') {
          assignment.heardOf(sentAt);
          assignment.askBack();
        } else if (LOST.includes(protocolErrorOf(error))) {
          this.kafka.logger('warn', 'The group has given the place away; joining again.', { groupId });
          assignment.lose();
        } else {
          this.kafka.logger('debug', 'A heartbeat failed; trying again.', { groupId, error: (error as Error).message });
        }
      }
    }
  }

  /** Deals the topic's partitions out to the members in turn. */
  #deal(
    all: readonly number[],
    { members }: JoinedGroup,
  ): readonly { readonly memberId: string; readonly memberAssignment: Buffer }[] {
    const { topic } = this.options;
    const memberIds = members.map(({ memberId }) => memberId).sort();
    const partitions = all.toSorted((left, right) => left - right);
    return memberIds.map((memberId, index) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({
        version: 0,
        assignment: { [topic]: partitions.filter((_, turn) => turn % memberIds.length === index) },
        userData: encodePartitionCount(partitions.length),
      }),
    }));
  }

  async #findCoordinator(): Promise<Broker> {
    if (this.#coordinator?.isConnected() === true) return this.#coordinator;
    if (!this.cluster.isConnected()) await this.cluster.connect();
    await this.cluster.addMultipleTargetTopics([this.options.topic]);
    await this.cluster.refreshMetadataIfNecessary();
    this.#coordinator = await this.cluster.findGroupCoordinator({ groupId: this.options.groupId });
    return this.#coordinator;
  }

  async #ask<Result>(request: Promise<Result>): Promise<Result> {
    const coordinator = this.#coordinator as Broker;
    try {
      return await orCut(this.cluster, coordinator, request);
    } catch (error) {
      this.#forgetOn(error);
      throw error;
    }
  }

  #forgetOn(error: unknown): void {
    if (LOST.includes(protocolErrorOf(error))) this.#memberId = '';
    if (protocolErrorOf(error) !== 'REBALANCE_IN_PROGRESS') this.#coordinator = undefined;
  }
}
