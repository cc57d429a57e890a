/** Aborted when the service stops. */
export const STOPPING = Symbol('stopping');
