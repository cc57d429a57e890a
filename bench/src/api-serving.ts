import { itemHash, offerId, subjectKey, TOPIC_NAMES, type Offer, type PlacementId } from '@offerstream/contracts';
import { encodePublication } from '@offerstream/decisioning';
import { ensureTopics } from '@offerstream/kafka';
import { distribution } from './distribution.js';
import { fillStore } from './fill-store.js';
import { apiRequest, HttpConnections } from './http-connections.js';
import { evenly, Requests, withoutPause, type Load, type LoadTime } from './http-load.js';
import { machine, report } from './machine.js';
import { Rig, type RunningService } from './rig.js';
import type { ShopSize } from './running-line.js';
import { startServing } from './serving.js';
import { API_KEY, itemId, MODEL, publishShop, randomFrom, subjectId, TENANT, writeModel } from './shop.js';

export interface ServingSettings extends ShopSize, LoadTime {
  readonly connections: number;
}

export const SERVED = ['offers', 'recommendations', 'explanations'] as const;
type Served = (typeof SERVED)[number];

/** A measured kind of request: as fast as the connections go, and evenly at a rate far below that. */
interface Kind {
  readonly perSecond: number;
  readonly request: (subject: number) => Buffer;
}

const SLOTS = 10;
export const REQUESTS = 20_000;
const SEED = 1;

export const offerRequest = (subject: number, apiKey: string): Buffer =>
  apiRequest('GET', `/v1/offers/${subjectId(subject)}?placement=home`, apiKey);

const KINDS: Readonly<Record<Served, Kind>> = {
  offers: {
    perSecond: 200,
    request: (subject) => offerRequest(subject, API_KEY),
  },
  recommendations: {
    perSecond: 100,
    request: (subject) => apiRequest('POST', '/v1/recommendations', API_KEY, recommendation(subject, false)),
  },
  explanations: {
    perSecond: 20,
    request: (subject) => apiRequest('POST', '/v1/recommendations', API_KEY, recommendation(subject, true)),
  },
};

/** Requests a second of one gateway over a filled profile store and a model, and how long one takes at an even rate. */
export const benchServing = async (settings: ServingSettings, served: readonly Served[]): Promise<void> => {
  const rig = await Rig.start();
  try {
    const gateway = await startGateway(rig, settings);
    const port = gateway.httpPort;
    for (const name of served) {
      const { perSecond, request } = KINDS[name];
      const random = randomFrom(SEED);
      const requests = new Requests(
        Array.from({ length: REQUESTS }, () => request(Math.floor(random() * settings.subjects))),
      );
      const connections = await HttpConnections.open(port, settings.connections);
      const full = await withProcessorTime(gateway.service, () => withoutPause(connections, requests, settings));
      const even = await withProcessorTime(gateway.service, () => evenly(connections, requests, settings, perSecond));
      connections.close();
      report({
        bench: 'api',
        part: name,
        full,
        even: { perSecond, ...even },
        residentMB: Math.round(gateway.service.residentBytes() / 1e6),
        broker: rig.brokerSource,
        settings,
        machine: machine(),
      });
    }
  } finally {
    await rig.close();
  }
};

const startGateway = async (rig: Rig, { items, subjects, dimensions }: ShopSize) => {
  await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
  await writeModel(rig.path('models'), '1', items, dimensions);
  await publishShop(rig, items);
  const random = randomFrom(SEED);
  await fillStore(rig.path('profiles'), { subjects, items, seed: SEED }, (subject) =>
    storedOffer(subject, items, random),
  );
  return startServing(rig);
};

/** What a personalizer would have stored for the shopper: an offer of 1.3 kB. */
export const storedOffer = (subject: number, items: number, random: () => number): Buffer => {
  const now = Date.now();
  const placement = 'home' as PlacementId;
  const model = { name: MODEL, version: '1' };
  const offer: Offer = {
    id: offerId(TENANT, subjectId(subject), `0:${subject}`, { placement, model, strategy: 'personal' }),
    revision: now,
    tenant: TENANT,
    subject: subjectId(subject),
    placement,
    items: Array.from({ length: SLOTS }, (_, index) => ({
      item: itemId(Math.floor(random() * items)),
      rank: index + 1,
      score: 1 / (index + 1),
      strategy: 'personal' as const,
    })),
    model,
    cause: { messageId: `${subjectKey(TENANT, subjectId(subject))}-0`, eventTime: new Date(now).toISOString() },
    validUntil: new Date(now + 86_400_000).toISOString(),
  };
  const terms = {
    validUntilMs: Date.parse(offer.validUntil),
    items: offer.items.map(({ item }) => itemHash(TENANT, item)),
  };
  const value = Buffer.from(JSON.stringify(offer));
  return encodePublication([{ topic: 'offers', id: offer.id, timeMs: now, value, terms }]);
};

const recommendation = (subject: number, explain: boolean): string =>
  JSON.stringify({ subject: subjectId(subject), placement: 'home', limit: SLOTS, ...(explain ? { explain } : {}) });

export const withProcessorTime = async (gateway: RunningService, load: () => Promise<Load>) => {
  const before = { gateway: gateway.cpuSeconds(), client: process.cpuUsage() };
  const { latenciesMs, refused, firstRefusal, answered, seconds } = await load();
  const client = process.cpuUsage(before.client);
  const us = (cpuSeconds: number): number => Math.round((cpuSeconds * 1e7) / answered) / 10;
  return {
    requestsPerSecond: Math.round(latenciesMs.length / seconds),
    answerMs: distribution(latenciesMs),
    refused,
    firstRefusal,
    cpuUsPerRequest: {
      gateway: us(gateway.cpuSeconds() - before.gateway),
      client: us((client.user + client.system) / 1e6),
    },
  };
};
