import { LONGEST_WAIT_SECONDS, MAX_RETRIES, retryingFetch } from './retrying-fetch.js';

const answer = (status: number, retryAfter?: string): Response =>
  new Response(`answer ${status}`, { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } });

const post = (headers: Readonly<Record<string, string>> = {}): Request =>
  new Request('http://gateway/', { method: 'POST', body: 'the body', headers });

/** Sends a request to a gateway that gives these answers, one after the other. */
const send = async (request: Request, ...answers: readonly Response[]) => {
  const bodies: string[] = [];
  const waitsMs: number[] = [];
  const fetch = retryingFetch(
    async (request) => {
      bodies.push(await request.text());
      const next = answers[bodies.length - 1];
      if (next === undefined) throw new Error('was asked too often');
      return next;
    },
    (ms) => {
      waitsMs.push(ms);
      return Promise.resolve();
    },
  );
  const response = await fetch(request);
  return { status: response.status, text: await response.text(), bodies, waitsMs };
};

describe('retryingFetch', () => {
  it.each([
    [429, post()],
    [503, post({ 'idempotency-key': 'k' })],
  ])('waits as long as a %i says and sends the same again', async (status, request) => {
    expect(await send(request, answer(status, '3'), answer(status, '0'), answer(200))).toEqual({
      status: 200,
      text: 'answer 200',
      bodies: ['the body', 'the body', 'the body'],
      waitsMs: [3_000, 0],
    });
  });

  it(`gives up after ${MAX_RETRIES} retries`, async () => {
    const { status, text, bodies } = await send(post(), ...[1, 2, 3, 4].map(() => answer(429, '1')));
    expect([status, text, bodies.length]).toEqual([429, 'answer 429', 1 + MAX_RETRIES]);
  });

  it.each([
    ['a wait that is too long', answer(429, String(LONGEST_WAIT_SECONDS + 1))],
    ['no word of when', answer(503)],
    ['a date', answer(503, 'Wed, 21 Oct 2026 07:28:00 GMT')],
    ['another failure', answer(500, '1')],
    ['success', answer(200, '1')],
  ])('hands over %s at once', async (_, first) => {
    const request = post({ 'idempotency-key': 'k' });
    const { status, text, bodies, waitsMs } = await send(request, first);
    expect([status, text, bodies.length, waitsMs]).toEqual([first.status, `answer ${first.status}`, 1, []]);
  });

  it('sends what may have been done again only where that does nothing twice', async () => {
    const statusOf = async (request: Request) => (await send(request, answer(503, '1'), answer(200))).status;
    expect([await statusOf(new Request('http://gateway/')), await statusOf(post())]).toEqual([200, 503]);
  });
});
