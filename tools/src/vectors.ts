import type { TenantId } from '@offerstream/contracts';
import { BatchingProducer } from '@offerstream/kafka';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption } from './line/program.js';
import { progressBar } from './line/progress-bar.js';
import { makeVectors } from './vectors/make-vectors.js';
import { openPictureEncoder } from './vectors/picture-encoder.js';
import { madeText } from './vectors/vectors-text.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly json: boolean;
}

const program = command(
  'vectors',
  "Makes vectors of the pictures of a shop's items, by which a photo finds what looks alike. What has one is left as it is, so it goes on where it was stopped.",
)
  .option(...tenantOption)
  .option(...jsonOption)
  .parse();

await runProgram(async (signal) => {
  const { data, tenant, json } = program.opts<Options>();
  const line = new Line(data);
  const [kafka, repository] = await Promise.all([line.kafka('vectors'), line.modelsDir()]);
  const encoder = await openPictureEncoder(repository, tenant);
  const producer = new BatchingProducer(kafka);
  const topics = { pictures: line.topic('pictures'), vectors: line.topic('item-vectors') };
  const bar = progressBar();
  try {
    await producer.connect();
    const made = await makeVectors({
      kafka,
      topics,
      tenant,
      encoder,
      send: (record) => producer.append({ topic: topics.vectors, ...record }),
      signal,
      onProgress: (share, count) => bar.update(share, `${count} made`),
    });
    bar.stop();
    print(json, made, madeText(made, encoder));
    return made.refused.length === 0 ? 0 : 1;
  } finally {
    bar.stop();
    await producer.disconnect();
    await encoder.close();
  }
});
