import { randomBytes } from 'node:crypto';
import type { TopicNaming } from '@offerstream/contracts';

/** Topic names that no other test has, on the Kafka that all tests share. */
export const uniqueTopicNaming = (): TopicNaming => ({
  prefix: `test-${randomBytes(6).toString('hex')}.`,
  suffix: '.v1',
});
