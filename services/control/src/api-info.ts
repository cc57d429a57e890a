import type { HttpApiOptions } from '@offerstream/http-api';

export const API: HttpApiOptions['info'] = {
  title: 'Offerstream back office',
  description:
    'Tenants, the people and keys of them, and what is offered where. A request carries the token of a session (`POST /v1/sessions`), a secret key, or the admin token: `Authorization: Bearer …`. Every operation names the scope that it takes; a tenant is named in the path or the query, and whoever belongs to one sees no other. Updates of what has a version take it in `If-Match`; which version of a model serves, a tenant’s plan and a password have none, since each replaces one value as a whole.',
  tags: {
    identity: 'Signing up and in, and the people of a tenant.',
    keys: 'What a shop’s programs carry.',
    tenants: 'Consent and placements.',
    catalog: 'What can be offered.',
    models: 'Which versions serve.',
    audit: 'Who changed what.',
    reports: 'Whether offers worked.',
    billing: 'What was used, plans, and invoices.',
    'data plane': 'For the other services of the installation.',
  },
};
