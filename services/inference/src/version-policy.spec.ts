import { chooseVersions, ModelConfigError, readVersionPolicy } from './version-policy.js';

describe('readVersionPolicy', () => {
  test.each([
    ['', { kind: 'all' }],
    ['version_policy { all {} }', { kind: 'all' }],
    ['version_policy: { latest: { num_versions: 3 } }', { kind: 'latest', count: 3 }],
    ['version_policy { latest {} }', { kind: 'latest', count: 1 }],
    ['version_policy { specific { versions: [1, 12] } }', { kind: 'specific', versions: ['1', '12'] }],
    ['version_policy { specific { versions: 1 versions: 12 } }', { kind: 'specific', versions: ['1', '12'] }],
  ])('reads %j', (text, policy) => {
    expect(readVersionPolicy(text)).toEqual(policy);
  });

  test.each([
    'version_policy: 3',
    'version_policy { newest {} }',
    'version_policy { latest { num_versions: 0 } }',
    '{',
  ])('refuses %j', (text) => {
    expect(() => readVersionPolicy(text)).toThrow(ModelConfigError);
  });
});

describe('chooseVersions', () => {
  const onDisk = ['10', '9', '2', '1'];

  test('all: each of them, by number', () => {
    expect(chooseVersions({ kind: 'all' }, onDisk)).toEqual(['1', '2', '9', '10']);
  });

  test('latest: the highest numbers', () => {
    expect(chooseVersions({ kind: 'latest', count: 2 }, onDisk)).toEqual(['9', '10']);
  });

  test('specific: those that are named and there', () => {
    expect(chooseVersions({ kind: 'specific', versions: ['2', '3'] }, onDisk)).toEqual(['2']);
  });
});
