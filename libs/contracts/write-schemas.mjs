/** Writes schemas/*.schema.json and docs/asyncapi.json from the zod schemas: `npm run schemas -w @offerstream/contracts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { asyncApiDocument, schemaFileName, TOPIC_NAMES, topicJsonSchema } from './dist/index.js';

const folder = new URL('./schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const topic of TOPIC_NAMES) {
  writeFileSync(new URL(schemaFileName(topic), folder), JSON.stringify(topicJsonSchema(topic), null, 2));
}
writeFileSync(new URL('../../docs/asyncapi.json', import.meta.url), JSON.stringify(asyncApiDocument(), null, 2));
