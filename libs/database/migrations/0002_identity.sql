-- Write keys become keys: of two kinds, for a purpose, with scopes and an end.
CREATE TYPE key_kind AS ENUM ('sk', 'wk');
CREATE TYPE key_mode AS ENUM ('live', 'test');

ALTER TABLE write_keys RENAME TO api_keys;
ALTER TABLE api_keys RENAME CONSTRAINT write_keys_pkey TO api_keys_pkey;
ALTER TABLE api_keys RENAME CONSTRAINT write_keys_tenant_fkey TO api_keys_tenant_fkey;
ALTER INDEX write_keys_tenant_idx RENAME TO api_keys_tenant_idx;
ALTER TABLE api_keys RENAME COLUMN name TO purpose;
ALTER TABLE api_keys
  ADD kind key_kind NOT NULL DEFAULT 'wk',
  ADD mode key_mode NOT NULL DEFAULT 'live',
  ADD scopes text[] DEFAULT '{events:write}',
  ADD expires timestamptz(3),
  ADD last_used timestamptz(3);
ALTER TABLE api_keys ALTER kind DROP DEFAULT, ALTER mode DROP DEFAULT, ALTER scopes DROP DEFAULT;

CREATE TYPE role AS ENUM ('owner', 'editor', 'analyst', 'operator', 'billing');

CREATE TABLE users (
  id text PRIMARY KEY,
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  email text NOT NULL,
  name text,
  role role NOT NULL,
  password text NOT NULL,
  created timestamptz(3) NOT NULL,
  version integer NOT NULL
);
CREATE UNIQUE INDEX users_tenant_email_key ON users (tenant, email);

CREATE TABLE sessions (
  token_hash text PRIMARY KEY,
  "user" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  expires timestamptz(3) NOT NULL
);
CREATE INDEX sessions_user_idx ON sessions ("user");
CREATE INDEX sessions_expires_idx ON sessions (expires);

CREATE TABLE audit (
  id bigserial PRIMARY KEY,
  tenant text,
  at timestamptz(3) NOT NULL,
  principal_kind text NOT NULL,
  principal_id text NOT NULL,
  operation text NOT NULL,
  target text NOT NULL,
  request_id text NOT NULL,
  summary jsonb NOT NULL
);
CREATE INDEX audit_tenant_id_idx ON audit (tenant, id);

CREATE TABLE idempotency (
  principal text NOT NULL,
  operation text NOT NULL,
  key_hash text NOT NULL,
  fingerprint text NOT NULL,
  answer jsonb,
  created timestamptz(3) NOT NULL,
  PRIMARY KEY (principal, operation, key_hash)
);
CREATE INDEX idempotency_created_idx ON idempotency (created);

-- The data plane learns of the keys in their new form.
INSERT INTO outbox (topic, key, value)
SELECT 'tenants', tenants.id, jsonb_build_object(
  'id', tenants.id,
  'consent', tenants.consent,
  'placements', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'id', placements.id, 'model', model, 'slots', slots, 'validitySeconds', validity_seconds) ORDER BY position)
    FROM placements WHERE placements.tenant = tenants.id), '[]'),
  'keys', coalesce((
    SELECT jsonb_agg(jsonb_build_object(
      'id', left(hash, 16), 'hash', hash, 'kind', kind, 'scopes', scopes, 'expiresAt', NULL) ORDER BY created, hash)
    FROM api_keys WHERE api_keys.tenant = tenants.id AND revoked IS NULL), '[]'))::text
FROM tenants;
