import { parseTextProto, TextProtoError, type TextMessage } from './text-proto.js';

/** Which of the versions on disk are served (model_config.proto, ModelVersionPolicy). */
export type VersionPolicy =
  | { readonly kind: 'all' }
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'specific'; readonly versions: readonly string[] };

/** A `config.pbtxt` that can't be followed, with what is wrong in it. */
export class ModelConfigError extends Error {}

/**
 * The `version_policy` of a model's `config.pbtxt`; without one every version is served.
 *
 * @throws ModelConfigError
 */
export const readVersionPolicy = (configText: string): VersionPolicy => {
  const policy = messageIn(parse(configText), 'version_policy');
  if (policy === undefined || policy.has('all')) return { kind: 'all' };
  const latest = messageIn(policy, 'latest');
  if (latest !== undefined) {
    const [count] = latest.get('num_versions') ?? ['1'];
    if (typeof count !== 'string' || !/^[1-9][0-9]*$/.test(count))
      throw new ModelConfigError('version_policy.latest.num_versions must be a whole number from 1 on');
    return { kind: 'latest', count: Number(count) };
  }
  const specific = messageIn(policy, 'specific');
  if (specific !== undefined) {
    const versions = (specific.get('versions') ?? []).map(String);
    if (!versions.every((version) => VERSION.test(version)))
      throw new ModelConfigError('version_policy.specific.versions must be whole numbers from 1 on');
    return { kind: 'specific', versions };
  }
  throw new ModelConfigError('version_policy must be all, latest or specific');
};

/** Names of version folders; anything else beside them belongs to the model's author. */
export const VERSION = /^[1-9][0-9]*$/;

export const compareVersions = (one: string, other: string): number =>
  one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);

export const chooseVersions = (policy: VersionPolicy, onDisk: readonly string[]): readonly string[] => {
  const ascending = [...onDisk].sort(compareVersions);
  switch (policy.kind) {
    case 'all':
      return ascending;
    case 'latest':
      return ascending.slice(-policy.count);
    case 'specific':
      return ascending.filter((version) => policy.versions.includes(version));
  }
};

const parse = (text: string): TextMessage => {
  try {
    return parseTextProto(text);
  } catch (error) {
    if (!(error instanceof TextProtoError)) throw error;
    throw new ModelConfigError(error.message);
  }
};

const messageIn = (message: TextMessage, field: string): TextMessage | undefined => {
  const value = message.get(field)?.at(-1);
  if (typeof value === 'string') throw new ModelConfigError(`${field} must be a message`);
  return value;
};
