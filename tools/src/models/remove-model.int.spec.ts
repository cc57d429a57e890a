import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@offerstream/contracts';
import { listModels, storeVersion } from '@offerstream/learning';
import { Graph, op } from '@offerstream/onnx';
import { RunStateError } from '../run-state.js';
import { removeModels } from './remove-model.js';

let repository: string;
beforeEach(async () => {
  repository = await mkdtemp(join(tmpdir(), 'remove-model-'));
  const graph = new Graph('twice');
  graph.output('y', op.mul(graph.input('x', 'float32', ['B']), 2));
  const contents = { model: graph.model(), inputs: [], outputs: [], beside: {} };
  for (const name of ['demo.behaviour', 'demo.behaviour', 'colours']) await storeVersion(repository, name, contents);
});
afterEach(() => rm(repository, { recursive: true }));

const left = async () => Object.fromEntries(await listModels(repository));
const ALL = { colours: ['1'], 'demo.behaviour': ['1', '2'] };

/** A back office in which `demo.behaviour` 2 of the second tenant is promoted. */
const control = () =>
  Promise.resolve({
    listTenants: () =>
      Promise.resolve(
        ['other', 'demo'].map((id) => ({
          id: id as TenantId,
          consent: 'assumed' as const,
          version: 1,
          placements: [],
          pictureHosts: [],
        })),
      ),
    listModels: (tenant: TenantId) =>
      Promise.resolve(
        tenant === 'demo'
          ? [
              {
                tenant,
                name: 'demo.behaviour',
                version: '2',
                family: 'behaviour',
                popular: [],
                promotedAt: '2026-03-01T00:00:00Z',
              },
            ]
          : [],
      ),
  });
const away = () => Promise.reject(new RunStateError('not-running', false, 'Nothing runs here.'));

test('what is not promoted goes', async () => {
  const remove = { repository, force: false, control };
  expect(await removeModels({ ...remove, name: 'demo.behaviour', version: '1' })).toEqual(['1']);
  expect(await removeModels({ ...remove, name: 'colours', version: undefined })).toEqual(['1']);
  expect(await left()).toEqual({ 'demo.behaviour': ['2'] });
});

test.each(['2', undefined])('a promoted version stays, and what was to go with it (version %s)', async (version) => {
  const remove = { repository, name: 'demo.behaviour', version, control };
  await expect(removeModels({ ...remove, force: false })).rejects.toMatchObject({
    code: 'promoted',
    message: expect.stringMatching(/Version 2 .* offers of demo .*--force/) as string,
  });
  expect(await left()).toEqual(ALL);
  await removeModels({ ...remove, force: true });
  expect((await left())['demo.behaviour']).toEqual(version === undefined ? undefined : ['1']);
});

test('while nobody can say what is promoted nothing goes, unless forced', async () => {
  const remove = { repository, name: 'colours', version: undefined, control: away };
  await expect(removeModels({ ...remove, force: false })).rejects.toMatchObject({
    code: 'promotions-unknown',
    message: expect.stringContaining('Nothing runs here.') as string,
  });
  expect(await left()).toEqual(ALL);
  expect(await removeModels({ ...remove, force: true })).toEqual(['1']);
});

test.each([
  ['nothing', undefined],
  ['demo.behaviour', '7'],
])('%s version %s is not there', async (name, version) => {
  await expect(removeModels({ repository, name, version, force: true, control })).rejects.toMatchObject({
    code: 'no-such-version',
    message: expect.stringContaining(version === undefined ? 'colours, demo.behaviour' : '1, 2') as string,
  });
});
