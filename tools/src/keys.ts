import type { TenantId } from '@offerstream/contracts';
import type { MadeKey } from '@offerstream/control-client';
import { KEY_KINDS, KEY_MODES, SCOPES_OF_KEY_KIND, type KeyKind, type KeyMode, type Scope } from '@offerstream/tenancy';
import { InvalidArgumentError, Option } from 'commander';
import { keysText, madeKeyText } from './keys/key-text.js';
import { Line } from './line/line.js';
import { command, jsonOption, print, runProgram, tenantOption } from './line/program.js';
import { spanSeconds } from './line/span.js';

interface Options {
  readonly data: string;
  readonly tenant: TenantId;
  readonly json: boolean;
}
interface CreateOptions extends Options {
  readonly purpose: string;
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  readonly scopes?: readonly Scope[];
  readonly expires?: string;
  readonly key?: string;
}
interface RotateOptions extends Options {
  readonly overlap: number;
  readonly expires?: string;
}

const DAY_SECONDS = 86_400;

const secondsFrom = (text: string): number => {
  const seconds = spanSeconds(text);
  if (seconds !== undefined) return seconds;
  throw new InvalidArgumentError('Give a span, as 30s, 15m, 24h or 7d.');
};
const endFrom = (text: string): string => {
  const seconds = spanSeconds(text);
  const end = seconds === undefined ? new Date(text) : new Date(Date.now() + seconds * 1_000);
  if (!Number.isNaN(end.getTime())) return end.toISOString();
  throw new InvalidArgumentError('Give a span, as 24h or 90d, or a time, as 2026-12-31T00:00:00Z.');
};
const scopesFrom = (text: string): readonly Scope[] => {
  const scopes = text.split(',');
  const known: readonly string[] = SCOPES_OF_KEY_KIND.sk;
  if (scopes.every((scope): scope is Scope => known.includes(scope))) return scopes;
  throw new InvalidArgumentError(`Give some of ${known.join(', ')}, separated by commas.`);
};

const printMade = (json: boolean, made: MadeKey): void => print(json, made, madeKeyText(made));

const program = command('keys', 'Lists, makes, rotates and revokes the keys of a shop.')
  .option(...tenantOption)
  .option(...jsonOption)
  .addHelpText(
    'after',
    `
Examples:
  npm run keys -- list
  npm run keys -- create --tenant my-shop --purpose website --kind wk
  npm run keys -- create --tenant my-shop --purpose server --scopes offers:read,recommendations:read --expires 90d
  npm run keys -- rotate 8c365d0d5950e8e1 --tenant my-shop --overlap 1h
  npm run keys -- revoke 8c365d0d5950e8e1 --tenant my-shop`,
  );

program
  .command('list')
  .description('the keys that work')
  .action(async () => {
    const { data, tenant, json } = program.opts<Options>();
    const keys = await (await new Line(data).control()).listKeys(tenant);
    print(json, { keys }, keysText(keys));
  });

program
  .command('create')
  .description('makes a key and shows it once')
  .requiredOption('--purpose <text>', 'where it is used; at most two keys of a kind are live for a purpose')
  .addOption(
    new Option('--kind <kind>', 'sk: secret, for servers; wk: public, writes events only')
      .choices(KEY_KINDS)
      .default('sk'),
  )
  .addOption(
    new Option('--mode <mode>', 'for people: of the shop itself, or of a trial').choices(KEY_MODES).default('live'),
  )
  .option('--scopes <list>', 'what it may do, separated by commas (default: all that its kind may)', scopesFrom)
  .option('--expires <time>', 'when it ends: 90d, or a time (default: never)', endFrom)
  .option('--key <text>', 'a write key of your own instead of one that is made')
  .action(async (_: unknown, subcommand: typeof program) => {
    const { data, tenant, json, purpose, kind, mode, scopes, expires, key } =
      subcommand.optsWithGlobals<CreateOptions>();
    const made = await (
      await new Line(data).control()
    ).createKey(tenant, {
      purpose,
      kind,
      mode,
      ...(scopes === undefined ? {} : { scopes }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
      ...(key === undefined ? {} : { key }),
    });
    printMade(json, made);
  });

program
  .command('rotate <id>')
  .description('makes a key of the same purpose and scopes; the old one ends after an overlap')
  .option('--overlap <span>', 'how long both are good; 0s ends the old one at once', secondsFrom, DAY_SECONDS)
  .option('--expires <time>', 'when the new one ends: 90d, or a time (default: never)', endFrom)
  .action(async (id: string, _: unknown, subcommand: typeof program) => {
    const { data, tenant, json, overlap, expires } = subcommand.optsWithGlobals<RotateOptions>();
    const made = await (
      await new Line(data).control()
    ).rotateKey(tenant, id, {
      overlapSeconds: overlap,
      ...(expires === undefined ? {} : { expiresAt: expires }),
    });
    printMade(json, made);
  });

program
  .command('revoke <id>')
  .description('ends a key at once')
  .action(async (id: string) => {
    const { data, tenant, json } = program.opts<Options>();
    await (await new Line(data).control()).revokeKey(tenant, id);
    print(json, { revoked: id }, `${id} ends within a second.`);
  });

await runProgram(async () => {
  await program.parseAsync();
  return 0;
});
