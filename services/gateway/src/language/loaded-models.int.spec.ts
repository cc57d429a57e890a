import { InferenceClient } from '@offerstream/inference-client';
import { tempFolder } from '@offerstream/testing';
import { LoadedModels } from './loaded-models.js';
import { storeTrigrams } from './trained-language.fixture.js';

it('a model is read once, and again where another one was given its number', async () => {
  const { path: folder, name, version } = await storeTrigrams(await tempFolder(), 'demo.language');
  const inference = new InferenceClient('127.0.0.1:1');
  const models = new LoadedModels(inference);
  const stored = { name, version, folder, createdMs: 1 };
  const first = await models.language(stored);
  expect(await models.language({ ...stored })).toBe(first);
  expect(await models.language({ ...stored, createdMs: 2 })).not.toBe(first);
  inference.close();
});
