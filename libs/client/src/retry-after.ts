/** Seconds of the header `Retry-After`; undefined where there is none or it is a date, which the gateway never sends. */
export const retryAfterSeconds = ({ headers }: Response): number | undefined => {
  const text = headers.get('retry-after');
  return text !== null && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
};
