const BASIC = /^Basic +([A-Za-z0-9+/=_-]+) *$/i;

/**
 * The write key of a request: the user name of Basic authorization (its password is empty), else `writeKey` of the body.
 * Undefined when neither is there.
 */
export const readWriteKey = (authorization: string | undefined, inBody: unknown): string | undefined => {
  const encoded = authorization === undefined ? undefined : BASIC.exec(authorization)?.[1];
  if (encoded !== undefined) {
    const credentials = Buffer.from(encoded, 'base64').toString();
    const colon = credentials.indexOf(':');
    const user = colon < 0 ? credentials : credentials.slice(0, colon);
    if (user !== '') return user;
  }
  return typeof inBody === 'string' && inBody !== '' ? inBody : undefined;
};
