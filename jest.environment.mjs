import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const SHARED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Atomics',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

/**
 * A sandbox in which code that computes is as fast as outside, and native addons work: they compare typed arrays with the constructors of
 * the outer realm.
 */
export default class NativeFriendlyEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    // Jest puts a proxy in front of the sandbox's globals, and each `Math.exp` asks it.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }

  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
}
