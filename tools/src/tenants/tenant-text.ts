import type { AuditRecord, ShownTenant, ShownUser } from '@offerstream/control-client';
import { minuteText, textTable } from '../line/text-table.js';

/** The tenants as a table for people. */
export const tenantsText = (tenants: readonly ShownTenant[]): string =>
  tenants.length === 0
    ? 'There are no tenants.'
    : textTable(
        ['tenant', 'consent', 'version', 'placements', 'picture hosts'],
        tenants.map(({ id, consent, version, placements, pictureHosts }) => [
          id,
          consent,
          String(version),
          placements.map((placement) => `${placement.id} (${placement.model})`).join(', ') || 'none',
          pictureHosts.join(', ') || 'none',
        ]),
      );

/** The templates of a placement, one a line. */
export const copyTemplatesText = ({ id, copyTemplates }: ShownTenant['placements'][number]): string =>
  copyTemplates === undefined
    ? `Copy for ${id} is made of the templates that are built in.`
    : [`Copy for ${id} is made of:`, ...copyTemplates.map((template) => `  ${template}`)].join('\n');

/** The hosts from which pictures are fetched, one a line. */
export const pictureHostsText = (hosts: readonly string[]): string =>
  hosts.length === 0
    ? 'No pictures are fetched: the tenant allows no host.'
    : ['Pictures are fetched from:', ...hosts.map((host) => `  ${host}`)].join('\n');

/** The people of a tenant as a table. */
export const usersText = (users: readonly ShownUser[]): string =>
  users.length === 0
    ? 'There are no users.'
    : textTable(
        ['id', 'e-mail', 'role', 'since'],
        users.map(({ id, email, role, created }) => [id, email, role, minuteText(created)]),
      );

/** Who changed what, as a table. */
export const auditText = (records: readonly AuditRecord[]): string =>
  records.length === 0
    ? 'Nothing was changed.'
    : textTable(
        ['at', 'by', 'operation', 'target', 'now'],
        records.map(({ at, by, operation, target, summary }) => [
          minuteText(at),
          by.kind === by.id ? by.kind : `${by.kind} ${by.id}`,
          operation,
          target,
          JSON.stringify(summary),
        ]),
      );
