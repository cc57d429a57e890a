export interface GathererOptions {
  /** Most requests of one batch. */
  readonly most: number;
  /** How long the first request of a batch waits for more while another batch is under way. */
  readonly longestMs: number;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes batches of requests that come one by one. With nothing under way a request goes at once and alone, so that gathering
 * costs no time where there is nothing to gain; otherwise it waits for the end of what is under way, for a full batch, or for
 * `longestMs`, whichever comes first. A batch that fails fails its own requests only.
 */
export class Gatherer<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param send gives an answer a request, in their order */
  constructor(
    private readonly send: (requests: readonly Request[]) => Promise<readonly Answer[]>,
    private readonly options: GathererOptions,
  ) {}

  get isIdle(): boolean {
    return this.underWay === 0 && this.waiting.length === 0;
  }

  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (this.underWay === 0 || this.waiting.length === this.options.most) void this.sendWaiting();
      else this.timer ??= setTimeout(() => void this.sendWaiting(), this.options.longestMs);
    });
  }

  private async sendWaiting(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    this.underWay += 1;
    try {
      const answers = await this.send(batch.map(({ request }) => request));
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.underWay -= 1;
    if (this.underWay === 0 && this.waiting.length > 0) void this.sendWaiting();
  }
}
