import { setTimeout as sleep } from 'node:timers/promises';
import { GroupAssignment, GroupMember } from './group-member.js';
import { MemberAssignment } from './kafkajs-internals.js';
import { FakeCluster, fakeKafka } from './testing/fake-cluster.js';

describe('GroupAssignment', () => {
  test('without an answered heartbeat for longer than the session it is lost, and stays lost when one is answered later', async () => {
    const sessionMs = 600_000;
    const agoMs = (ms: number) => performance.now() - ms;
    const heardOf = (sentAt: number) => new GroupAssignment(1, 'member', [0], 1, sessionMs, false, sentAt);
    expect(heardOf(agoMs(sessionMs / 2)).isCurrent()).toBe(true);
    const assignment = heardOf(agoMs(2 * sessionMs));
    assignment.heardOf(agoMs(1.5 * sessionMs));
    expect(assignment.isCurrent()).toBe(false);
    assignment.heardOf(performance.now());
    expect(assignment.isCurrent()).toBe(false);
    await assignment.ended;
  });

  test('asked back by the group it has ended but is current until it is given back', async () => {
    const assignment = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    assignment.askBack();
    await assignment.ended;
    expect(assignment.isCurrent()).toBe(true);
    assignment.lose();
    expect(assignment.isCurrent()).toBe(false);
  });

  test('given up or failed with an error it is lost', async () => {
    const bug = new TypeError('undefined is not a function');
    const givenUp = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    const failed = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    givenUp.giveUp();
    failed.failWith(bug);
    await givenUp.ended;
    expect([givenUp.isCurrent(), failed.isCurrent()]).toEqual([false, false]);
    await expect(failed.ended).rejects.toBe(bug);
  });
});

describe('GroupMember', () => {
  const memberOf = (cluster: FakeCluster): GroupMember =>
    new GroupMember(fakeKafka(cluster), cluster, {
      groupId: 'group',
      topic: 'topic',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      heartbeatIntervalMs: 10_000,
    });

  test('at each join the dealer counts the partitions anew, and every member takes its count against its own knowledge', async () => {
    const dealer = new FakeCluster();
    dealer.otherMembers = ['other'];
    const other = new FakeCluster();
    other.leader = 'other';
    const members = [memberOf(dealer), memberOf(other)] as const;
    for (const partitions of [3, 5]) {
      dealer.partitions = partitions;
      const ofDealer = await members[0].join();
      other.partitions = partitions - 2;
      other.dealt = new Map([['own', dealer.dealt.get('other') as Buffer]]);
      const ofOther = await members[1].join();
      expect([ofDealer.topicPartitions, ofOther.topicPartitions]).toEqual([partitions, partitions]);
      expect([...ofDealer.partitions, ...ofOther.partitions].sort()).toEqual(
        Array.from({ length: partitions }, (_, partition) => partition),
      );
      for (const assignment of [ofDealer, ofOther]) assignment.lose();
    }
  });

  test('a member whose dealer tells no count takes its own', async () => {
    const cluster = new FakeCluster();
    cluster.leader = 'other';
    cluster.partitions = 3;
    cluster.dealt = new Map([['own', MemberAssignment.encode({ version: 0, assignment: { topic: [1] } })]]);
    const assignment = await memberOf(cluster).join();
    expect(assignment).toMatchObject({ partitions: [1], topicPartitions: 3 });
    assignment.lose();
  });

  test('the session of an assignment counts from when its request was sent, not from its answer', async () => {
    const cluster = new FakeCluster();
    const member = memberOf(cluster);
    let receivedAt = 0;
    cluster.onSync = () => {
      receivedAt = performance.now();
      return sleep(20);
    };
    const assignment = await member.join();
    expect(assignment.aliveAt).toBeLessThanOrEqual(receivedAt);
    assignment.lose();
  });
});
