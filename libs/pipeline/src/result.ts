/**
 * What a step says of an element. Data faults are values, never exceptions: `drop` = taken, and it changes nothing; `fail` = it
 * can't be taken and goes to the dead-letter topic. An exception from a step is a bug and ends the process.
 */
export type Result<Value, Drop extends string = string, Fail extends string = string> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'drop'; readonly reason: Drop }
  | { readonly kind: 'fail'; readonly reason: Fail; readonly detail: string };

export const ok = <Value>(value: Value): { readonly kind: 'ok'; readonly value: Value } => ({ kind: 'ok', value });

export const drop = <Drop extends string>(reason: Drop): { readonly kind: 'drop'; readonly reason: Drop } => ({
  kind: 'drop',
  reason,
});

export const fail = <Fail extends string>(
  reason: Fail,
  detail: string,
): { readonly kind: 'fail'; readonly reason: Fail; readonly detail: string } => ({ kind: 'fail', reason, detail });
