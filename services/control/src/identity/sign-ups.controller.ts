import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation, Problem, TheCall, type Call } from '@offerstream/http-api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Changes } from '../changes.js';
import { CLOCK, RANDOM_BYTES, type Clock, type RandomBytes } from '../chance-and-time.js';
import { AttemptLimits } from './attempt-limits.js';
import { shownUser, signUpBody, signUpResponse, USER_EXAMPLE, type SignUpBody } from './identity-schemas.js';
import { newSession, newUserId } from './new-session.js';
import { passwordChecker, SALT_BYTES } from './passwords.js';

/** Whether strangers may sign up. */
export const SIGN_UP = Symbol('sign up');

/** What a tenant has that has signed up by itself. */
const FIRST_PLAN = 'free';

@Controller('v1/sign-ups')
export class SignUpsController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly limits: AttemptLimits,
    @Inject(SIGN_UP) private readonly isOpen: boolean,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  @Post()
  @Operation({
    id: 'signUp',
    tag: 'identity',
    summary: 'Creates a tenant, its owner, and a session of his.',
    description: 'The tenant has the plan `free` and no placements yet, and consent is assumed. Make a key next.',
    scope: 'public',
    status: 201,
    response: signUpResponse,
    idempotent: true,
    rateLimited: true,
    problems: { 403: ['sign-up-closed'], 409: ['tenant-taken'], 422: ['idempotency-key-reused'] },
    requestExample: { tenant: 'my-shop', email: USER_EXAMPLE.email, password: 'correct horse battery' },
    example: {
      tenant: { id: 'my-shop', consent: 'assumed', placements: [], pictureHosts: [], version: 2 },
      user: { ...USER_EXAMPLE, role: 'owner' },
      session: { token: 'ofs_st_…', expiresAt: '2026-03-01T21:00:00.000Z' },
    },
  })
  async signUp(
    @Body({ schema: signUpBody }) { tenant: id, email, password, name }: SignUpBody,
    @TheCall() call: Call,
    @Req() { ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (!this.isOpen) throw CLOSED;
    await this.limits.signUp(ip, reply);
    const checker = await passwordChecker(password, this.randomBytes(SALT_BYTES));
    const { token, stored, expiresAt } = newSession(this.clock, this.randomBytes);
    const { answer, replayed } = await this.changes.make(call, async (change) => {
      const settings = { id, consent: 'assumed', placements: [] } as const;
      if ((await this.database.tenants.create(change, settings)) === undefined) throw TENANT_TAKEN;
      const plan = await this.database.plans.assign(change, id, FIRST_PLAN);
      if (typeof plan === 'string') throw new Error(`A new tenant was refused the plan ${FIRST_PLAN}: ${plan}.`);
      const owner = { id: newUserId(this.randomBytes), email, name, role: 'owner', password: checker } as const;
      const user = await this.database.users.add(change, id, owner);
      if (typeof user === 'string') throw new Error(`The first user of a new tenant was refused: ${user}.`);
      await this.database.sessions.begin(change, user, stored);
      return { tenant: { ...settings, ...(await this.database.tenants.get(id, change)) }, user: shownUser(user) };
    });
    return replayed ? answer : { ...answer, session: { token, expiresAt } };
  }
}

const CLOSED = new Problem({
  status: 403,
  code: 'sign-up-closed',
  reason: 'Nobody can sign up here by himself.',
  fix: 'Ask the operator for a tenant.',
});

const TENANT_TAKEN = new Problem({
  status: 409,
  code: 'tenant-taken',
  reason: 'There is a tenant of this id already.',
  fix: 'Choose another id; if the tenant is yours, sign in with POST /v1/sessions.',
});
