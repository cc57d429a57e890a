import { Problem } from '@offerstream/http-api';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

interface Limit {
  readonly name: string;
  readonly attempts: number;
  readonly seconds: number;
}

const SIGN_UPS: Limit = { name: 'sign-up', attempts: 20, seconds: 3_600 };
const SIGN_INS: Limit = { name: 'sign-in', attempts: 10, seconds: 900 };
const SIGN_INS_OF_ADDRESS: Limit = { name: 'sign-in-address', attempts: 100, seconds: 900 };

/** How often strangers may try. Each instance of control counts for itself. */
export class AttemptLimits {
  private readonly signUps = limiterOf(SIGN_UPS);
  private readonly signIns = limiterOf(SIGN_INS);
  private readonly signInsOfAddress = limiterOf(SIGN_INS_OF_ADDRESS);

  /** @throws Problem 429 */
  async signUp(address: string, reply: FastifyReply): Promise<void> {
    await take(this.signUps, SIGN_UPS, address, reply);
  }

  /** @param who the account @throws Problem 429 */
  async signIn(who: string, address: string, reply: FastifyReply): Promise<void> {
    await take(this.signInsOfAddress, SIGN_INS_OF_ADDRESS, address, reply);
    await take(this.signIns, SIGN_INS, `${address} ${who}`, reply);
  }

  /** Who has proved who he is may mistype again. */
  async signedIn(who: string, address: string): Promise<void> {
    await this.signIns.delete(`${address} ${who}`);
  }
}

const limiterOf = ({ attempts, seconds }: Limit): RateLimiterMemory =>
  new RateLimiterMemory({ points: attempts, duration: seconds });

const take = async (limiter: RateLimiterMemory, limit: Limit, key: string, reply: FastifyReply): Promise<void> => {
  const { name, attempts, seconds } = limit;
  try {
    tell(reply, limit, await limiter.consume(key));
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    tell(reply, limit, error);
    throw new Problem({
      status: 429,
      code: 'too-many-requests',
      reason: `There were ${attempts} attempts of ${name} within ${seconds} seconds.`,
      fix: 'Try again after Retry-After.',
      retryAfterSeconds: secondsOf(error),
    });
  }
};

const tell = (reply: FastifyReply, { name, attempts, seconds }: Limit, result: RateLimiterRes): void => {
  void reply.header('ratelimit-policy', `"${name}";q=${attempts};w=${seconds}`);
  void reply.header('ratelimit', `"${name}";r=${result.remainingPoints};t=${secondsOf(result)}`);
};

const secondsOf = ({ msBeforeNext }: RateLimiterRes): number => Math.ceil(msBeforeNext / 1_000);
