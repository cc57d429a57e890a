import type { TenantId } from '@offerstream/contracts';
import { Problem } from '@offerstream/http-api';
import { LanguageModels } from './language-models.js';
import type { ServingEncoder, ServingVersion } from '../models/model-folder.js';

const MINE = 'mine' as TenantId;
const version = (name: string): ServingVersion => ({ name, version: '1', folder: `/${name}/1`, createdMs: 0 });
const mapOf = <Model extends ServingVersion>(...models: readonly Model[]): ReadonlyMap<string, Model> =>
  new Map(models.map((model) => [model.name, model]));
const encoder = (name: string): ServingEncoder => ({ ...version(name), dimensions: 2 });

const LANGUAGE = mapOf(version('mine.language'), version('theirs.language'), version('english'));
const ENCODERS = mapOf(encoder('mine.encoder'), encoder('theirs.encoder'));
const models = (languageModels: typeof LANGUAGE = LANGUAGE, encoders = ENCODERS, isSet = true) =>
  new LanguageModels({ isSet, languageModels, encoders });

const refusal = (find: () => unknown) => {
  try {
    find();
  } catch (error) {
    if (error instanceof Problem) return error.details;
    throw error;
  }
  throw new Error('It was found.');
};

it('has what is the tenant’s own and what is everybody’s', () => {
  expect(models().list(MINE)).toMatchObject([{ name: 'english' }, { name: 'mine.encoder' }, { name: 'mine.language' }]);
  expect(models().of(MINE)?.name).toBe('mine.language');
  expect(models().find(MINE, 'mine.encoder').name).toBe('mine.encoder');
  expect(models().languageModel(MINE, 'english').name).toBe('english');
  expect(models().encoder(MINE, 'mine.encoder').dimensions).toBe(2);
});

it.each([
  ['another kind', () => models().languageModel(MINE, 'mine.encoder'), 'english, mine.language'],
  ['another kind', () => models().encoder(MINE, 'english'), 'mine.encoder'],
  ['another tenant’s', () => models().find(MINE, 'theirs.language'), 'english, mine.encoder, mine.language'],
])('names those of the kind that is asked for, where it is %s', (_, find, names) => {
  expect(refusal(find)).toMatchObject({ status: 404, code: 'model-unknown', fix: `Name one that it has: ${names}.` });
});

it('says where a model comes from where there is none', () => {
  const none = models(mapOf(), mapOf());
  expect(refusal(() => none.languageModel(MINE, 'a')).fix).toContain('npm run train -- language');
  expect(refusal(() => none.encoder(MINE, 'a')).fix).toContain('npm run models -- add all-minilm-l6-v2');
  expect(refusal(() => models(mapOf(), mapOf(), false).find(MINE, 'a')).fix).toContain('MODELS_DIR');
});
