import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { TOPIC_NAMES } from '@offerstream/contracts';
import { waitUntil } from '@offerstream/infra';
import { ensureTopics } from '@offerstream/kafka';
import { makeSentenceEncoder, PretrainedTokenizer } from '@offerstream/language';
import { EditableModel } from '@offerstream/onnx';
import { openSession } from '@offerstream/onnx-runtime';
import { besideBare } from './beside-bare.js';
import { inheritedEnvironment } from './config.js';
import { machine, report } from './machine.js';
import { Rig } from './rig.js';
import { startServing } from './serving.js';
import { API_KEY, publishShop } from './shop.js';

const ENCODER = 'all-minilm-l6-v2';
const NAMES = 2_048;
/** Texts of a request. */
const REQUEST = 256;
/** Texts of a run of the bare session, of similar length. */
const RUN = 32;
const NO_ENCODER = 'OFFERSTREAM_REFERENCE_DATA names no folder with onnx/minilm-int8.onnx and the product names';

/**
 * Embeddings of product names a second: through the API of a gateway, its inference with one thread, and by a bare session with one
 * thread in this process, in turns.
 */
export const benchEmbeddings = async (): Promise<string | undefined> => {
  const data = inheritedEnvironment['OFFERSTREAM_REFERENCE_DATA'] ?? '';
  const files = ['onnx/minilm-int8.onnx', 'onnx/minilm-tokenizer.json', 'text/online_retail_product_names.tsv.gz'];
  const [model = '', tokenizerFile = '', namesFile = ''] = files.map((file) => join(data, file));
  if (![model, tokenizerFile, namesFile].every(existsSync)) return NO_ENCODER;
  const encoder = EditableModel.read(await readFile(model));
  makeSentenceEncoder(encoder);
  const bytes = encoder.model().toBuffer();
  const tokenizerJson = await readFile(tokenizerFile, 'utf8');
  const names = gunzipSync(await readFile(namesFile))
    .toString()
    .split('\n')
    .flatMap((line) => line.split('\t').slice(1, 2))
    .filter((name) => /\S/u.test(name))
    .slice(0, NAMES);

  const rig = await Rig.start();
  try {
    const version = rig.path(`models/${ENCODER}/1`);
    await mkdir(version, { recursive: true });
    await writeFile(join(version, 'tokenizer.json'), tokenizerJson);
    await writeFile(join(version, 'model.onnx'), bytes);
    const throughApi = await startApi(rig);
    const session = await openSession(bytes);
    const tokenizer = PretrainedTokenizer.parse(tokenizerJson);
    const bare = async (): Promise<void> => {
      const encoded = names
        .map((name) => tokenizer.encode(name))
        .sort((one, other) => one.ids.length - other.ids.length);
      for (let from = 0; from < encoded.length; from += RUN)
        await session.run(tokenizer.batch(encoded.slice(from, from + RUN)));
    };
    const api = async (): Promise<void> => {
      for (let from = 0; from < names.length; from += REQUEST) await throughApi(names.slice(from, from + REQUEST));
    };
    const { perSecond, ratio, rounds } = await besideBare(NAMES, { bare, api });
    await session.close();
    report({
      bench: 'language',
      part: 'embeddings',
      namesPerSecond: perSecond,
      ratio,
      rounds,
      settings: { encoder: ENCODER, names: names.length, request: REQUEST, threads: 1 },
      machine: machine(),
    });
    return undefined;
  } finally {
    await rig.close();
  }
};

/** A gateway that has the encoder; embeds texts by it. */
const startApi = async (rig: Rig): Promise<(input: readonly string[]) => Promise<void>> => {
  await ensureTopics(rig.kafka, TOPIC_NAMES, { replicationFactor: 1 });
  await publishShop(rig, 1);
  await mkdir(rig.path('profiles'));
  const { httpPort } = await startServing(rig, {
    inference: { WORKERS: '1' },
    gateway: { MODELS_DIR: rig.path('models') },
  });
  const ask = (path: string, body?: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${httpPort}/v1/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    });
  const serves = async (): Promise<boolean> => (await ask(`models/${ENCODER}`)).ok;
  if (!(await waitUntil(serves, { timeoutMs: 60_000, everyMs: 100 }))) throw new Error('The encoder does not serve.');
  return async (input) => {
    const answer = await ask('embeddings', { model: ENCODER, input, encoding_format: 'base64' });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  };
};
