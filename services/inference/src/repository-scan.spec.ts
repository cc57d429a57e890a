import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { scanRepository } from './repository-scan.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-repository-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = async (path: string, content = ''): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
};
const served = async (): Promise<string[]> =>
  (await scanRepository(folder)).versions.map(({ model, version }) => `${model}/${version}`).sort();

describe('scanRepository', () => {
  test('finds the versions of every model and nothing else that lies there', async () => {
    await put('one/1/model.onnx');
    await put('one/12/model.onnx');
    await put('one/card.md');
    await put('one/.13.tmp/model.onnx');
    await put('one/014/model.onnx');
    await put('one/notes/model.onnx');
    await put('two/3/model.onnx');
    await put('two/4/metrics.json');
    await put('.tmp/1/model.onnx');
    expect(await served()).toEqual(['one/1', 'one/12', 'two/3']);
  });

  test('follows the version policy', async () => {
    await put('one/1/model.onnx');
    await put('one/2/model.onnx');
    await put('one/config.pbtxt', 'version_policy { latest { num_versions: 1 } }');
    expect(await served()).toEqual(['one/2']);
  });

  test('counts only complete versions as the latest', async () => {
    await put('one/1/model.onnx');
    await put('one/2/card.md');
    await put('one/config.pbtxt', 'version_policy { latest { num_versions: 1 } }');
    expect(await served()).toEqual(['one/1']);
  });

  test('reports a configuration that can not be read, and goes on with the others', async () => {
    await put('one/1/model.onnx');
    await put('one/config.pbtxt', 'version_policy: {');
    await put('two/1/model.onnx');
    const { unreadable } = await scanRepository(folder);
    expect([...unreadable.keys()]).toEqual(['one']);
    expect(await served()).toEqual(['two/1']);
  });

  test('a folder that is not there holds no models', async () => {
    expect(await scanRepository(join(folder, 'later'))).toEqual({ versions: [], unreadable: new Map() });
  });

  test('the signature changes when another file takes the place', async () => {
    await put('one/1/model.onnx', 'a');
    const [before] = (await scanRepository(folder)).versions;
    await put('one/1/model.onnx', 'bb');
    const [after] = (await scanRepository(folder)).versions;
    expect(after?.signature).not.toBe(before?.signature);
  });
});
