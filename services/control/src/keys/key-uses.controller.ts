import { Body, Controller, Post } from '@nestjs/common';
import { Database } from '@offerstream/database';
import { Operation } from '@offerstream/http-api';
import { keyUsesBody, type KeyUsesBody } from './key-schemas.js';

@Controller('v1/key-uses')
export class KeyUsesController {
  constructor(private readonly database: Database) {}

  @Post()
  @Operation({
    id: 'reportKeyUses',
    tag: 'data plane',
    summary: 'Says when keys were used last.',
    description:
      'For the services of the data plane, which report once a minute. Reports may be repeated and come in any order.',
    scope: 'quota:lease',
    response: null,
    requestExample: { uses: [{ tenant: 'my-shop', key: '8c365d0d5950e8e1', usedAt: '2026-03-01T09:00:00Z' }] },
  })
  async report(@Body({ schema: keyUsesBody }) { uses }: KeyUsesBody): Promise<void> {
    await this.database.keys.use(uses.map(({ tenant, key, usedAt }) => ({ tenant, id: key, at: new Date(usedAt) })));
  }
}
