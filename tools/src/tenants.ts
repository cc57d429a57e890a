import { randomBytes } from 'node:crypto';
import type { PlacementId, TenantId } from '@offerstream/contracts';
import { ControlError, type ControlClient } from '@offerstream/control-client';
import { Option } from 'commander';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantFrom, wholeNumber } from './line/program.js';
import { copyTemplatesOf } from './tenants/copy-templates.js';
import { pictureHostsOf } from './tenants/picture-hosts.js';
import { auditText, copyTemplatesText, pictureHostsText, tenantsText, usersText } from './tenants/tenant-text.js';

interface Options {
  readonly data: string;
  readonly json: boolean;
}
interface CreateOptions extends Options {
  readonly consent: 'assumed' | 'required';
  readonly owner?: string;
}
interface CopyOptions extends Options {
  readonly builtIn: boolean;
}
interface HostsOptions extends Options {
  readonly none: boolean;
}
interface AuditOptions extends Options {
  readonly limit: number;
}

const PASSWORD_BYTES = 15;

const program = command(
  'tenants',
  'Lists and creates tenants, gives their placements templates of offer copy, says from which hosts their pictures are fetched, and shows their people and what was changed in them.',
)
  .option(...jsonOption)
  .addHelpText(
    'after',
    `
Examples:
  npm run tenants -- list
  npm run tenants -- create my-shop --owner ann@example.com
  npm run tenants -- copy my-shop home '{New|Back} in {category}: {title}' '{title}, only {price}'
  npm run tenants -- picture-hosts my-shop pictures.my-shop.example
  npm run tenants -- users my-shop
  npm run tenants -- audit my-shop --limit 20`,
  );
const control = (): Promise<ControlClient> => new Line(program.opts<Options>().data).control();

program
  .command('list')
  .description('all tenants')
  .action(async () => {
    const tenants = await (await control()).listTenants();
    print(program.opts<Options>().json, { tenants }, tenantsText(tenants));
  });

program
  .command('create')
  .argument('<tenant>', 'its id', tenantFrom)
  .description('creates a tenant that has no placements yet')
  .addOption(
    new Option('--consent <rule>', 'assumed, or required: an event without context.consent changes nothing')
      .choices(['assumed', 'required'])
      .default('assumed'),
  )
  .option('--owner <e-mail>', 'makes a user who may do everything in it, with a password that is shown once')
  .action(async (id: TenantId, _: unknown, subcommand: typeof program) => {
    const { json, consent, owner } = subcommand.optsWithGlobals<CreateOptions>();
    const client = await control();
    await refuseTaken(client, id);
    const tenant = await client.putTenant({ id, consent, placements: [] });
    if (owner === undefined) {
      print(json, { tenant }, tenantsText([tenant]));
      return;
    }
    const password = randomBytes(PASSWORD_BYTES).toString('base64url');
    const user = await client.createUser(id, { email: owner, password, role: 'owner' });
    print(
      json,
      { tenant, user, password },
      [tenantsText([tenant]), '', usersText([user]), '', `Password: ${password} (shown only now)`].join('\n'),
    );
  });

program
  .command('copy')
  .argument('<tenant>', 'its id', tenantFrom)
  .argument('<placement>', 'one of its placements')
  .argument('[templates...]', 'the templates from now on; left out, those that it has are shown')
  .description('the templates that copy about the items of a placement is made of')
  .option('--built-in', 'those that are built in from now on', false)
  .action(
    async (
      tenant: TenantId,
      placement: PlacementId,
      templates: readonly string[],
      _: unknown,
      subcommand: typeof program,
    ) => {
      const { json, builtIn } = subcommand.optsWithGlobals<CopyOptions>();
      if (builtIn && templates.length > 0) subcommand.error('error: give templates or --built-in, not both');
      const changes = builtIn || templates.length > 0 ? templates : undefined;
      const changed = await copyTemplatesOf(await control(), tenant, placement, changes);
      print(json, { placement: changed }, copyTemplatesText(changed));
    },
  );

program
  .command('picture-hosts')
  .argument('<tenant>', 'its id', tenantFrom)
  .argument('[hosts...]', 'the hosts from now on; left out, those that it allows are shown')
  .description('the hosts from which the pictures of its items are fetched')
  .option('--none', 'none from now on', false)
  .action(async (tenant: TenantId, hosts: readonly string[], _: unknown, subcommand: typeof program) => {
    const { json, none } = subcommand.optsWithGlobals<HostsOptions>();
    if (none && hosts.length > 0) subcommand.error('error: give hosts or --none, not both');
    const pictureHosts = await pictureHostsOf(await control(), tenant, none || hosts.length > 0 ? hosts : undefined);
    print(json, { pictureHosts }, pictureHostsText(pictureHosts));
  });

program
  .command('users')
  .argument('<tenant>', 'its id', tenantFrom)
  .description('the people of a tenant')
  .action(async (tenant: TenantId) => {
    const users = await (await control()).listUsers(tenant);
    print(program.opts<Options>().json, { users }, usersText(users));
  });

program
  .command('audit')
  .argument('<tenant>', 'its id', tenantFrom)
  .description('who changed what, newest first')
  .option('--limit <n>', 'the newest so many', wholeNumber, 50)
  .action(async (tenant: TenantId, _: unknown, subcommand: typeof program) => {
    const { json, limit } = subcommand.optsWithGlobals<AuditOptions>();
    const records = await (await control()).listAudit(tenant, limit);
    print(json, { records }, auditText(records));
  });

/** Creating would else take the placements of a tenant that is there. */
const refuseTaken = async (client: ControlClient, id: TenantId): Promise<void> => {
  try {
    await client.getTenant(id);
  } catch (error) {
    if (error instanceof ControlError && error.code === 'tenant-unknown') return;
    throw error;
  }
  throw new ControlError('tenant-taken', false, `There is a tenant ${id} already. See: npm run tenants -- list`);
};

await runProgram(async () => {
  await program.parseAsync();
  return 0;
});
