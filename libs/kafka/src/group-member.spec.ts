import { setTimeout as sleep } from 'node:timers/promises';
import { GroupAssignment } from './group-member.js';

describe('GroupAssignment', () => {
  test('without an answered heartbeat for longer than the session it is lost, and stays lost when one is answered later', async () => {
    const assignment = new GroupAssignment(1, 'member', [0], 20, 0);
    expect(assignment.isCurrent()).toBe(true);
    await sleep(40);
    assignment.heardOf(performance.now() - 30);
    expect(assignment.isCurrent()).toBe(false);
    assignment.heardOf(performance.now());
    expect(assignment.isCurrent()).toBe(false);
    await assignment.ended;
  });

  test('asked back by the group it has ended but is current until it is given back', async () => {
    const assignment = new GroupAssignment(1, 'member', [0], 10_000, 0);
    assignment.askBack();
    await assignment.ended;
    expect(assignment.isCurrent()).toBe(true);
    assignment.lose();
    expect(assignment.isCurrent()).toBe(false);
  });
});
