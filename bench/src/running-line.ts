import { CLOUD_EVENT_TYPES, subjectKey, TOPIC_NAMES } from '@offerstream/contracts';
import { freePort } from '@offerstream/infra';
import { BatchingProducer, ensureTopics, tailTopic, type TopicTail } from '@offerstream/kafka';
import { EventJournal } from './event-journal.js';
import { fillStore } from './fill-store.js';
import { HttpConnections, postRequest } from './http-connections.js';
import { atPace, type Pace } from './pace.js';
import { Rig, type RunningService } from './rig.js';
import {
  MODEL,
  promoted,
  publishShop,
  randomFrom,
  subjectId,
  TENANT,
  viewEvent,
  WRITE_KEY,
  writeModel,
} from './shop.js';

const SEED = 1;
/** Shoppers do not wait for each other's answers: so many that none does here. */
const COLLECTOR_CONNECTIONS = 512;

export interface ShopSize {
  readonly items: number;
  readonly subjects: number;
  /** Of the iALS model. */
  readonly dimensions: number;
}

/** Events by their numbers: `from` and those before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The way an event takes into the line. */
export type Entry = 'collector' | 'kafka';

interface FirstServices {
  readonly inference: RunningService;
  readonly personalizer: RunningService;
}

/** A whole line with its shop, shoppers with full histories, and a journal of what becomes of each event sent through it. */
export class RunningLine {
  readonly journal = new EventJournal();
  private readonly random = randomFrom(SEED);
  private readonly producer: BatchingProducer;
  private tail: TopicTail | undefined;
  private connections: HttpConnections | undefined;
  private inferencePort = 0;
  private first: FirstServices | undefined;

  private constructor(
    readonly rig: Rig,
    private readonly shop: ShopSize,
    private readonly entry: Entry,
  ) {
    this.producer = new BatchingProducer(rig.kafka);
  }

  static async start(shop: ShopSize, entry: Entry): Promise<RunningLine> {
    const line = new RunningLine(await Rig.start(), shop, entry);
    try {
      await line.setUp();
    } catch (error) {
      await line.close();
      throw error;
    }
    return line;
  }

  private async setUp(): Promise<void> {
    const { rig, shop } = this;
    await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
    await writeModel(rig.path('models'), '1', shop.items, shop.dimensions);
    await publishShop(rig, shop.items);
    await fillStore(rig.path('profiles'), { subjects: shop.subjects, items: shop.items, seed: SEED });
    this.inferencePort = await freePort();
    this.first = { inference: await this.startInference(), personalizer: await this.startPersonalizer() };
    this.tail = tailTopic(rig.kafka, rig.topic('offers'), {
      onRecords: (records) => {
        const seenAt = performance.now();
        for (const { value } of records) if (value !== null) this.journal.offerSeen(value, seenAt);
      },
    });
    await this.tail.started;
    if (this.entry === 'kafka') {
      await this.producer.connect();
      return;
    }
    const port = await freePort();
    await rig.startService('collector', { HTTP_PORT: String(port) });
    this.connections = await HttpConnections.open(port, COLLECTOR_CONNECTIONS);
  }

  /** What the line was started with. */
  get services(): FirstServices {
    if (this.first === undefined) throw new Error('The line has not been started.');
    return this.first;
  }

  get inferenceAddress(): string {
    return `127.0.0.1:${this.inferencePort}`;
  }

  startInference(): Promise<RunningService> {
    return this.rig.startService('inference', {
      MODELS_DIR: this.rig.path('models'),
      GRPC_PORT: String(this.inferencePort),
    });
  }

  startPersonalizer(): Promise<RunningService> {
    return this.rig.startService('personalizer', {
      INFERENCE_ADDRESS: this.inferenceAddress,
      PROFILES_DIR: this.rig.path('profiles'),
    });
  }

  async promote(version: string): Promise<void> {
    await this.producer.append({
      topic: this.rig.topic('models'),
      key: `${TENANT}:${MODEL}`,
      value: JSON.stringify(promoted(version, this.shop.items)),
    });
  }

  /** Has shoppers view items at an even pace; resolves when the last event is on its way. */
  load(pace: Pace): Promise<void> {
    return atPace(pace, (dueAt) => this.view(dueAt));
  }

  /** Load that does not count; what it has piled up is gone before what counts begins. */
  async warmUp(perSecond: number, seconds: number): Promise<void> {
    await this.load({ perSecond, seconds });
    await this.journal.untilQuiet();
  }

  /** Load at this rate during `work` and for some time after it has ended. */
  async loadDuring(perSecond: number, work: () => Promise<void>, secondsAfter: number): Promise<Span> {
    const from = this.journal.length;
    let endsAt = Infinity;
    const working = work().finally(() => (endsAt = performance.now() + secondsAfter * 1_000));
    const isEnough = (): boolean => performance.now() >= endsAt;
    await Promise.all([working, this.load({ perSecond, seconds: Infinity, isEnough })]);
    return { from, to: this.journal.length };
  }

  private view(dueAt: number): void {
    const { journal, shop, random } = this;
    const event = journal.begin(dueAt);
    const subject = Math.floor(random() * shop.subjects);
    const messageId = journal.messageId(event);
    const body = viewEvent(subject, Math.floor(random() * shop.items), messageId, Date.now());
    const sent = this.entry === 'kafka' ? this.produce(subject, messageId, body) : this.post(body);
    sent.then(
      () => journal.accepted(event, performance.now()),
      (error: unknown) => journal.refused(event, String(error)),
    );
  }

  private produce(subject: number, messageId: string, body: string): Promise<void> {
    return this.producer.append({
      topic: this.rig.topic('clickstream'),
      key: subjectKey(TENANT, subjectId(subject)),
      value: body,
      headers: {
        ce_id: messageId,
        ce_specversion: '1.0',
        ce_source: '/bench',
        ce_type: CLOUD_EVENT_TYPES.clickstream,
      },
    });
  }

  private async post(body: string): Promise<void> {
    const answer = await this.connections?.send(postRequest('/v1/track', WRITE_KEY, body));
    if (answer?.status !== 200) throw new Error(`the collector answered ${answer?.status}: ${answer?.body}`);
  }

  async close(): Promise<void> {
    this.connections?.close();
    await this.tail?.close();
    await this.producer.disconnect();
    await this.rig.close();
  }
}
