import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  freshPlace,
  startReadyControl,
  tableOnceIt,
  TEST_TIMEOUT_MS,
  type Answer,
  type ControlPlace,
  type RunningControl,
} from '../running-control.fixture.js';

const PROMOTED = { family: 'content', popular: ['mug', 'lamp'] };

let place: ControlPlace;
let control: RunningControl;
let service: string;
beforeAll(async () => {
  place = await freshPlace();
  control = await startReadyControl(place);
  service = (await readFile(join(place.dataFolder, 'services/service-token'), 'utf8')).trim();
  await control.call('PUT', '/v1/tenants/shop', { consent: 'assumed', placements: [] });
}, TEST_TIMEOUT_MS);
afterAll(() => control.close());

const promote = (version: string, token = control.token): Promise<Answer> =>
  control.callAs(token, 'PUT', '/v1/models/shop.content?tenant=shop', { version, ...PROMOTED });
const extend = (version: string, extended: string, name = 'shop.content', token = service): Promise<Answer> =>
  control.callAs(token, 'POST', `/v1/models/${name}/extensions?tenant=shop`, { version, extends: extended });

it('a service puts a version in the place of the one that it extends, and may say so again', async () => {
  await promote('3');
  const extended = await extend('4', '3');
  expect(extended).toMatchObject({ status: 200, body: { name: 'shop.content', version: '4', ...PROMOTED } });
  expect((await extend('4', '3')).body['promotedAt']).toBe(extended.body['promotedAt']);
  const models = await tableOnceIt(place, 'models', (table) => {
    const record = table.get('shop:shop.content') as { readonly version: string } | undefined;
    return record?.version === '4';
  });
  expect(models.get('shop:shop.content')).toEqual(extended.body);
});

it('what somebody has promoted meanwhile stays', async () => {
  await promote('5');
  const replaced = { status: 409, body: { code: 'model-replaced' } };
  expect(await extend('6', '4')).toMatchObject(replaced);
  expect(await extend('1', '3', 'shop.never')).toMatchObject(replaced);
  expect(await extend('1', '3', 'another.content')).toMatchObject({ status: 404, body: { code: 'model-unknown' } });
  // Models of another family take no new items.
  const behaviour = { version: '1', family: 'behaviour', popular: [] };
  await control.call('PUT', '/v1/models/shop.behaviour?tenant=shop', behaviour);
  expect(await extend('2', '1', 'shop.behaviour')).toMatchObject(replaced);
  const { body } = await control.call('GET', '/v1/models?tenant=shop');
  expect(body['models']).toMatchObject([
    { name: 'shop.behaviour', version: '1' },
    { name: 'shop.content', version: '5' },
  ]);
});

it('a service may do no more, and nobody else that', async () => {
  expect(await promote('9', service)).toMatchObject({ status: 403, body: { code: 'scope-missing' } });
  const { body } = await control.call('POST', '/v1/tenants/shop/keys', { purpose: 'site', kind: 'sk' });
  expect(await extend('9', '5', 'shop.content', body['key'] as string)).toMatchObject({
    status: 403,
    body: { code: 'scope-missing' },
  });
});
