import { Body, Controller, Delete, Inject, Post, Put, Req, Res } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation, Problem, readCredential, TheCall, type Call } from '@offerstream/http-api';
import { hashApiKey } from '@offerstream/tenancy';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Changes } from '../changes.js';
import { CLOCK, RANDOM_BYTES, type Clock, type RandomBytes } from '../chance-and-time.js';
import { AttemptLimits } from './attempt-limits.js';
import {
  passwordBody,
  sessionResponse,
  shownUser,
  signInBody,
  USER_EXAMPLE,
  type PasswordBody,
  type SignInBody,
} from './identity-schemas.js';
import { newSession } from './new-session.js';
import { isPassword, passwordChecker, SALT_BYTES } from './passwords.js';

@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly limits: AttemptLimits,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  @Post()
  @Operation({
    id: 'signIn',
    tag: 'identity',
    summary: 'Begins a session of a user, of 12 hours.',
    scope: 'public',
    status: 201,
    response: sessionResponse,
    rateLimited: true,
    problems: { 401: ['wrong-credentials'] },
    requestExample: { tenant: 'my-shop', email: USER_EXAMPLE.email, password: 'correct horse battery' },
    example: { token: 'ofs_st_…', expiresAt: '2026-03-01T21:00:00.000Z', user: USER_EXAMPLE },
  })
  async signIn(
    @Body({ schema: signInBody }) { tenant, email, password }: SignInBody,
    @TheCall() call: Call,
    @Req() { ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const who = `${tenant} ${email}`;
    await this.limits.signIn(who, ip, reply);
    const user = await this.database.users.findByEmail(tenant, email);
    if (!(await isPassword(password, user?.password)) || user === undefined) throw WRONG_CREDENTIALS;
    await this.limits.signedIn(who, ip);
    const { token, stored, expiresAt } = newSession(this.clock, this.randomBytes);
    const asUser: Call = { ...call, principal: { ...call.principal, kind: 'user', id: user.id } };
    await this.changes.make(asUser, async (change) => {
      if (!(await this.database.sessions.begin(change, user, stored))) throw WRONG_CREDENTIALS;
    });
    return { token, expiresAt, user: shownUser(user) };
  }

  @Put('current/password')
  @Operation({
    id: 'changePassword',
    tag: 'identity',
    summary: 'Gives the user of the session another password.',
    description: 'His other sessions end.',
    scope: 'any',
    response: null,
    rateLimited: true,
    problems: { 401: ['wrong-credentials'], 409: ['no-session'] },
    requestExample: { current: 'correct horse battery', password: 'staple correct horse' },
  })
  async changePassword(
    @Body({ schema: passwordBody }) { current, password }: PasswordBody,
    @TheCall() call: Call,
    @Req() { headers, ip }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { tenant, id, tokenHash } = sessionOf(call, headers);
    const who = `${tenant} ${id}`;
    await this.limits.signIn(who, ip, reply);
    const user = await this.database.users.get(tenant, id);
    if (!(await isPassword(current, user?.password)) || user === undefined) throw WRONG_CREDENTIALS;
    await this.limits.signedIn(who, ip);
    const checker = await passwordChecker(password, this.randomBytes(SALT_BYTES));
    await this.changes.make(call, async (change) => {
      if (!(await this.database.users.setPassword(change, user, checker, tokenHash))) throw WRONG_CREDENTIALS;
    });
  }

  @Delete('current')
  @Operation({
    id: 'signOut',
    tag: 'identity',
    summary: 'Ends the session whose token the request carries.',
    scope: 'any',
    response: null,
    problems: { 409: ['no-session'] },
  })
  async signOut(@TheCall() call: Call, @Req() { headers }: FastifyRequest): Promise<void> {
    const session = sessionOf(call, headers);
    await this.changes.make(call, (change) => this.database.sessions.end(change, session, session.tokenHash));
  }
}

/** The session that a request comes with, and its user. @throws Problem `no-session` */
const sessionOf = ({ principal: { kind, id, tenant } }: Call, { authorization }: FastifyRequest['headers']) => {
  const token = readCredential(authorization);
  if (kind !== 'user' || tenant === undefined || token === undefined) throw NO_SESSION;
  return { tenant, id, tokenHash: hashApiKey(token) };
};

const WRONG_CREDENTIALS = new Problem({
  status: 401,
  code: 'wrong-credentials',
  reason: 'There is no user of this tenant with this address and password.',
  fix: 'Check all three. Who has forgotten his password is removed and added again by an owner.',
});

const NO_SESSION = new Problem({
  status: 409,
  code: 'no-session',
  reason: 'The request carries a key or a token that is no session.',
  fix: 'Send the token of a session.',
});
