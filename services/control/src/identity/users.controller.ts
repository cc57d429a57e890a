import { Body, Controller, Delete, Get, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { Database, MAX_USERS, type UserRefusal } from '@offerstream/database';
import { Operation, Problem, tenantUnknown, TheCall, versionConflict, type Call } from '@offerstream/http-api';
import { Changes } from '../changes.js';
import { RANDOM_BYTES, type RandomBytes } from '../chance-and-time.js';
import { tenantParams, type TenantParams } from '../tenants/tenant-schemas.js';
import {
  roleBody,
  shownUser,
  USER_EXAMPLE,
  userBody,
  userPageQuery,
  userPageResponse,
  userParams,
  userResponse,
  type RoleBody,
  type UserBody,
  type UserPageQuery,
  type UserParams,
} from './identity-schemas.js';
import { newUserId } from './new-session.js';
import { passwordChecker, SALT_BYTES } from './passwords.js';

@Controller('v1/tenants/:tenant/users')
export class UsersController {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  @Get()
  @Operation({
    id: 'listUsers',
    tag: 'identity',
    summary: 'The people of a tenant.',
    scope: 'users:read',
    response: userPageResponse,
    example: { users: [USER_EXAMPLE] },
  })
  async list(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Query({ schema: userPageQuery }) { after, limit }: UserPageQuery,
  ) {
    const { users, next } = await this.database.users.list(tenant, { after, limit });
    if (users.length === 0 && (await this.database.tenants.get(tenant)) === undefined) throw tenantUnknown(tenant);
    return { users: users.map(shownUser), next };
  }

  @Post()
  @Operation({
    id: 'createUser',
    tag: 'identity',
    summary: 'Adds a user to a tenant.',
    description: 'He signs in with the password that is given here.',
    scope: 'users:write',
    status: 201,
    response: userResponse,
    etag: true,
    idempotent: true,
    problems: { 409: ['email-taken', 'too-many-users'], 422: ['idempotency-key-reused'] },
    requestExample: { email: USER_EXAMPLE.email, password: 'correct horse battery', role: 'editor' },
    example: USER_EXAMPLE,
  })
  async create(
    @Param({ schema: tenantParams }) { tenant }: TenantParams,
    @Body({ schema: userBody }) { email, password, role, name }: UserBody,
    @TheCall() call: Call,
  ) {
    const checker = await passwordChecker(password, this.randomBytes(SALT_BYTES));
    const made = await this.changes.make(call, async (change) => {
      const added = { id: newUserId(this.randomBytes), email, name, role, password: checker };
      const user = await this.database.users.add(change, tenant, added);
      if (typeof user === 'string') throw refusal(user, { tenant });
      return shownUser(user);
    });
    return made.answer;
  }

  @Get(':user')
  @Operation({
    id: 'getUser',
    tag: 'identity',
    summary: 'One user.',
    scope: 'users:read',
    response: userResponse,
    etag: true,
    problems: { 404: ['user-unknown'] },
    example: USER_EXAMPLE,
  })
  async get(@Param({ schema: userParams }) { tenant, user: id }: UserParams) {
    const user = await this.database.users.get(tenant, id);
    if (user === undefined) throw userUnknown(tenant, id);
    return shownUser(user);
  }

  @Put(':user')
  @Operation({
    id: 'setUserRole',
    tag: 'identity',
    summary: 'Gives a user another role, at once also in his sessions.',
    scope: 'users:write',
    response: userResponse,
    etag: true,
    ifMatch: true,
    problems: { 404: ['user-unknown'], 409: ['last-owner'] },
    requestExample: { role: 'analyst' },
    example: { ...USER_EXAMPLE, role: 'analyst', version: 2 },
  })
  async setRole(
    @Param({ schema: userParams }) { tenant, user: id }: UserParams,
    @Body({ schema: roleBody }) { role }: RoleBody,
    @TheCall() call: Call,
  ) {
    const made = await this.changes.make(call, async (change) => {
      const user = await this.database.users.setRole(change, { tenant, id }, role, call.ifMatch);
      if (typeof user === 'number') throw versionConflict(user);
      if (typeof user === 'string') throw refusal(user, { tenant, id });
      return shownUser(user);
    });
    return made.answer;
  }

  @Delete(':user')
  @Operation({
    id: 'removeUser',
    tag: 'identity',
    summary: 'Removes a user and ends his sessions.',
    scope: 'users:write',
    response: null,
    problems: { 404: ['user-unknown'], 409: ['last-owner'] },
  })
  async remove(@Param({ schema: userParams }) { tenant, user: id }: UserParams, @TheCall() call: Call): Promise<void> {
    await this.changes.make(call, async (change) => {
      const removed = await this.database.users.remove(change, { tenant, id });
      if (removed !== 'removed') throw refusal(removed, { tenant, id });
    });
  }
}

const refusal = (
  reason: UserRefusal,
  { tenant, id = '' }: { readonly tenant: string; readonly id?: string },
): Problem => {
  switch (reason) {
    case 'unknown-tenant':
      return tenantUnknown(tenant);
    case 'unknown-user':
      return userUnknown(tenant, id);
    case 'email-taken':
      return new Problem({
        status: 409,
        code: 'email-taken',
        reason: `Tenant ${tenant} has a user of this address already.`,
        fix: `Change his role instead: PUT /v1/tenants/${tenant}/users/{user}.`,
      });
    case 'too-many':
      return new Problem({
        status: 409,
        code: 'too-many-users',
        reason: `A tenant has at most ${MAX_USERS} users.`,
        fix: `Remove one first: DELETE /v1/tenants/${tenant}/users/{user}.`,
      });
    case 'last-owner':
      return new Problem({
        status: 409,
        code: 'last-owner',
        reason: 'This is the only owner of the tenant.',
        fix: 'Make another user an owner first.',
      });
  }
};

const userUnknown = (tenant: string, id: string): Problem =>
  new Problem({
    status: 404,
    code: 'user-unknown',
    reason: `Tenant ${tenant} has no user ${id}.`,
    fix: `See GET /v1/tenants/${tenant}/users.`,
  });
