import type { FastifyReply } from 'fastify';
import { AttemptLimits } from './attempt-limits.js';

const replyWith = (headers: Map<string, string>) =>
  ({ header: (name: string, value: string) => headers.set(name, value) }) as unknown as FastifyReply;

it('ten attempts of one account from one address, and the answer says when there are more', async () => {
  const limits = new AttemptLimits();
  const headers = new Map<string, string>();
  for (let attempt = 0; attempt < 10; attempt++) await limits.signIn('shop ann@x.y', '192.0.2.1', replyWith(headers));
  expect(headers.get('ratelimit')).toBe('"sign-in";r=0;t=900');
  expect(headers.get('ratelimit-policy')).toBe('"sign-in";q=10;w=900');
  const refused = limits.signIn('shop ann@x.y', '192.0.2.1', replyWith(headers));
  await expect(refused).rejects.toMatchObject({
    details: { status: 429, code: 'too-many-requests', retryAfterSeconds: 900 },
  });
  await limits.signIn('shop ann@x.y', '192.0.2.2', replyWith(headers));
  await limits.signIn('shop bob@x.y', '192.0.2.1', replyWith(headers));
});

it('who has signed in may mistype again', async () => {
  const limits = new AttemptLimits();
  for (let attempt = 0; attempt < 30; attempt++) {
    await limits.signIn('shop ann@x.y', '192.0.2.1', replyWith(new Map()));
    await limits.signedIn('shop ann@x.y', '192.0.2.1');
  }
});

it('an address that tries many accounts is stopped, and so is one that makes many tenants', async () => {
  const limits = new AttemptLimits();
  const untilRefused = async (attempt: (index: number) => Promise<void>): Promise<number> => {
    for (let index = 0; ; index++) {
      try {
        await attempt(index);
      } catch {
        return index;
      }
    }
  };
  expect(await untilRefused((index) => limits.signIn(`shop u${index}@x.y`, '192.0.2.1', replyWith(new Map())))).toBe(
    100,
  );
  expect(await untilRefused(() => limits.signUp('192.0.2.1', replyWith(new Map())))).toBe(20);
});
