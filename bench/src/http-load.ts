import type { HttpConnections } from './http-connections.js';
import { atPace } from './pace.js';

export interface LoadTime {
  /** Of what counts. */
  readonly seconds: number;
  /** Of the same load before. */
  readonly warmUpSeconds: number;
}

/** The same requests over and over, made beforehand so that making them does not take part of the two cores. */
export class Requests {
  private next = 0;

  constructor(private readonly requests: readonly Buffer[]) {}

  take(): Buffer {
    return this.requests[this.next++ % this.requests.length] as Buffer;
  }
}

export interface Load {
  /** Of the requests that were answered 200 in the measured time. */
  readonly latenciesMs: readonly number[];
  /** Requests answered otherwise, and how the first of them was. */
  readonly refused: number;
  readonly firstRefusal: string | undefined;
  /** All answered requests, those of the warm-up too. */
  readonly answered: number;
  readonly seconds: number;
}

/** Collects the answers to a load of which the first seconds do not count. */
class Answers {
  private readonly latenciesMs: number[] = [];
  private refused = 0;
  private firstRefusal: string | undefined;
  private answered = 0;
  private readonly countsFrom: number;
  readonly endsAt: number;

  constructor(private readonly settings: LoadTime) {
    this.countsFrom = performance.now() + settings.warmUpSeconds * 1_000;
    this.endsAt = this.countsFrom + settings.seconds * 1_000;
  }

  async of(connections: HttpConnections, request: Buffer, dueAt: number): Promise<void> {
    const { status, body } = await connections.send(request);
    const now = performance.now();
    this.answered++;
    if (status !== 200) {
      this.refused++;
      this.firstRefusal ??= `${status} ${body}`;
    } else if (now >= this.countsFrom && now < this.endsAt) this.latenciesMs.push(now - dueAt);
  }

  load(): Load {
    const { latenciesMs, refused, firstRefusal, answered, settings } = this;
    return { latenciesMs, refused, firstRefusal, answered, seconds: settings.seconds };
  }
}

/** On every connection the next request as soon as the last one is answered. */
export const withoutPause = async (
  connections: HttpConnections,
  requests: Requests,
  settings: LoadTime,
): Promise<Load> => {
  const answers = new Answers(settings);
  const oneAfterTheOther = async (): Promise<void> => {
    for (let now = performance.now(); now < answers.endsAt; now = performance.now())
      await answers.of(connections, requests.take(), now);
  };
  await Promise.all(Array.from({ length: connections.count }, oneAfterTheOther));
  return answers.load();
};

/** @param perSecond requests a second */
export const evenly = async (
  connections: HttpConnections,
  requests: Requests,
  settings: LoadTime,
  perSecond: number,
): Promise<Load> => {
  const answers = new Answers(settings);
  const sent: Promise<void>[] = [];
  await atPace({ perSecond, seconds: settings.warmUpSeconds + settings.seconds }, (dueAt) =>
    sent.push(answers.of(connections, requests.take(), dueAt)),
  );
  await Promise.all(sent);
  return answers.load();
};
