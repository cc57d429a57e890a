import { DEFAULT_PORT_BASE, portsFrom } from './ports.js';

it('gives every part a port of its own within a hundred of the base', () => {
  const ports = Object.values(portsFrom(DEFAULT_PORT_BASE) ?? {});
  expect(new Set(ports).size).toBe(ports.length);
  expect(ports.every((port) => port >= DEFAULT_PORT_BASE && port < DEFAULT_PORT_BASE + 100)).toBe(true);
});

it.each([80, 65_530, 9400.5, Number.NaN])('has no ports for the base %d', (base) => {
  expect(portsFrom(base)).toBeUndefined();
});
