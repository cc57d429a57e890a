import type { PooledModel } from '@offerstream/onnx-runtime';
import { Refusal } from './errors.js';
import { compareVersions } from './version-policy.js';

export interface ServedVersion {
  readonly model: string;
  readonly version: string;
  readonly session: PooledModel;
}

/** Which versions answer now, and why others do not. */
export class ServedModels {
  private readonly ready = new Map<string, Map<string, ServedVersion>>();
  private readonly failed = new Map<string, string>();
  private scanned = false;

  /** From here on what is not there is not coming with the first scan. */
  markScanned(): void {
    this.scanned = true;
  }

  get areKnown(): boolean {
    return this.scanned;
  }

  /** Puts a version into service; gives back the one whose place it takes. */
  add(served: ServedVersion): ServedVersion | undefined {
    const versions = this.ready.get(served.model) ?? new Map<string, ServedVersion>();
    const before = versions.get(served.version);
    versions.set(served.version, served);
    this.ready.set(served.model, versions);
    this.failed.delete(key(served.model, served.version));
    return before;
  }

  /** Takes a version out of service; requests that it accepted go on. */
  remove(model: string, version: string): ServedVersion | undefined {
    const versions = this.ready.get(model);
    const served = versions?.get(version);
    versions?.delete(version);
    if (versions?.size === 0) this.ready.delete(model);
    this.failed.delete(key(model, version));
    return served;
  }

  /** Notes why a version (or, without one, a whole model) can't be served. */
  fail(model: string, version: string | undefined, reason: string): void {
    this.failed.set(key(model, version), reason);
  }

  clearFailure(model: string, version: string | undefined): void {
    this.failed.delete(key(model, version));
  }

  failure(model: string, version: string | undefined): string | undefined {
    return this.failed.get(key(model, version));
  }

  get failures(): readonly string[] {
    return [...this.failed].map(([name, reason]) => `${name}: ${reason}`);
  }

  all(): readonly ServedVersion[] {
    return [...this.ready.values()].flatMap((versions) => [...versions.values()]);
  }

  /** The versions of a model that answer, lowest first. */
  versions(model: string): readonly string[] {
    return [...(this.ready.get(model)?.keys() ?? [])].sort(compareVersions);
  }

  /**
   * @param version empty: the highest that is ready.
   * @throws Refusal `starting` or `not-found`
   */
  find(model: string, version: string): ServedVersion {
    if (!this.scanned) throw new Refusal('starting', 'The server is still reading its models; try again shortly.');
    const versions = this.ready.get(model);
    if (versions === undefined) throw new Refusal('not-found', this.explainAbsence(model, version));
    const wanted = version === '' ? (this.versions(model).at(-1) ?? '') : version;
    const served = versions.get(wanted);
    if (served === undefined) throw new Refusal('not-found', this.explainAbsence(model, version));
    return served;
  }

  private explainAbsence(model: string, version: string): string {
    const failure = this.failure(model, version === '' ? undefined : version) ?? this.failure(model, undefined);
    const because = failure === undefined ? '' : ` (${failure})`;
    const versions = this.versions(model);
    if (versions.length > 0)
      return `Model "${model}" has no version ${version} ready${because}; ready are ${versions.join(', ')}.`;
    const names = [...this.ready.keys()].sort();
    return `Model "${model}" is not ready${because}; ready are ${names.length === 0 ? 'none' : names.join(', ')}.`;
  }
}

const key = (model: string, version: string | undefined): string =>
  version === undefined ? model : `${model} version ${version}`;
