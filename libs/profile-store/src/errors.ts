/** The server of the profile store does not answer. Nothing is wrong with what was asked: it may be asked again. */
export class ProfileStoreUnavailable extends Error {
  readonly code = 'profile-store-unavailable';
  readonly canRetry = true;

  /** @param address without user and password */
  constructor(address: string, reason: string) {
    super(
      `The profile store at ${address} does not answer (${reason}). Start it, or let PROFILES_URL name the one that runs.`,
    );
    this.name = 'ProfileStoreUnavailable';
  }
}

/** The server of the profile store answers and refuses: user, password, rights, or what it is set up as. */
export class ProfileStoreRefused extends Error {
  readonly code = 'profile-store-refused';
  readonly canRetry = false;

  /** @param address without user and password */
  constructor(address: string, reason: string) {
    super(
      `The profile store at ${address} refuses (${reason}). Mend user, password and kind of server in PROFILES_URL: ` +
        'redis://user:password@host:port/db, or redis+cluster:// for a cluster.',
    );
    this.name = 'ProfileStoreRefused';
  }
}

/** A URL that names no profile store. */
export class InvalidProfileStoreUrl extends Error {
  readonly code = 'invalid-profile-store-url';
  readonly canRetry = false;

  /** @param reason without user and password */
  constructor(reason: string) {
    super(
      `This URL names no profile store: ${reason}. Right are redis://host:port or redis://host:port/db, rediss://host:port ` +
        'for TLS, and redis+cluster://host:port,host:port for a cluster, each with user:password@ before the host where one is needed.',
    );
    this.name = 'InvalidProfileStoreUrl';
  }
}
