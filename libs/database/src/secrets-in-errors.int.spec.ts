import type { TenantId } from '@offerstream/contracts';
import type { Role } from '@offerstream/tenancy';
import { changed, openFreshDatabase } from './fresh-database.fixture.js';

it('an error tells nothing of what was to be written', async () => {
  const { database } = await openFreshDatabase();
  try {
    const id = 'shop' as TenantId;
    await changed(database, (change) => database.tenants.put(change, { id, consent: 'assumed', placements: [] }));
    const user = { id: 'u', email: 'ann@x.y', name: undefined, role: 'king' as Role, password: 'the-checker' };
    const error: unknown = await changed(database, (change) => database.users.add(change, id, user)).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Error).message).toContain('`role`');
    expect((error as Error).stack).toContain('users.ts');
    expect(String((error as Error).stack)).not.toMatch(/the-checker|ann@x\.y/);
  } finally {
    await database.close();
  }
});
