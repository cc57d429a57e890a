const TIMEOUT_MS = 2_000;

/** Which services are not ready, with what they say; empty when all take work. */
export const notReady = async (admin: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> => {
  const answers = await Promise.all(
    Object.entries(admin).map(async ([name, url]) => [name, await problemOf(url)] as const),
  );
  return Object.fromEntries(answers.filter((answer): answer is readonly [string, string] => answer[1] !== undefined));
};

const problemOf = async (url: string): Promise<string | undefined> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await response.text();
    return response.ok ? undefined : body;
  } catch {
    return 'does not answer';
  }
};
