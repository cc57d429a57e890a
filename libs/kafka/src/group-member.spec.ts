import { jest } from '@jest/globals';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { GroupAssignment, GroupMember } from './group-member.js';
import { FakeCluster, fakeKafka } from './testing/fake-cluster.js';

describe('GroupAssignment', () => {
  test('without an answered heartbeat for longer than the session it is lost, and stays lost when one is answered later', async () => {
    const assignment = new GroupAssignment(1, 'member', [0], 1, 20, false, performance.now());
    expect(assignment.isCurrent()).toBe(true);
    await sleep(40);
    assignment.heardOf(performance.now() - 30);
    expect(assignment.isCurrent()).toBe(false);
    assignment.heardOf(performance.now());
    expect(assignment.isCurrent()).toBe(false);
    await assignment.ended;
    await assignment.lost;
  });

  test('asked back by the group it has ended but is current until it is given back', async () => {
    const assignment = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    assignment.askBack();
    const onLost = jest.fn();
    void assignment.lost.then(onLost);
    await assignment.ended;
    expect(assignment.isCurrent()).toBe(true);
    await nextTurn();
    expect(onLost).not.toHaveBeenCalled();
    assignment.lose();
    expect(assignment.isCurrent()).toBe(false);
    await assignment.lost;
  });

  test('given up or failed with an error it is lost', async () => {
    const bug = new TypeError('undefined is not a function');
    const givenUp = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    const failed = new GroupAssignment(1, 'member', [0], 1, 10_000, false, performance.now());
    givenUp.giveUp();
    failed.failWith(bug);
    await Promise.all([givenUp.lost, failed.lost]);
    expect(failed.isCurrent()).toBe(false);
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

  test.each(['own', 'other'])(
    "with the leader '%s' an assignment knows how many partitions the topic has",
    async (leader) => {
      const cluster = new FakeCluster();
      cluster.otherMembers = ['other'];
      cluster.leader = leader;
      const member = memberOf(cluster);
      for (const partitions of [3, 5]) {
        cluster.partitions = partitions;
        const assignment = await member.join();
        expect(assignment.topicPartitions).toBe(partitions);
        assignment.lose();
      }
    },
  );

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
