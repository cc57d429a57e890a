CREATE TYPE consent AS ENUM ('assumed', 'required');

CREATE TABLE tenants (
  id text PRIMARY KEY,
  consent consent NOT NULL,
  version integer NOT NULL
);

CREATE TABLE write_keys (
  hash text PRIMARY KEY,
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  name text NOT NULL,
  created timestamptz(3) NOT NULL,
  revoked timestamptz(3)
);
CREATE INDEX write_keys_tenant_idx ON write_keys (tenant);

CREATE TABLE placements (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  id text NOT NULL,
  position integer NOT NULL,
  model text NOT NULL,
  slots integer NOT NULL,
  validity_seconds integer NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE items (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  id text NOT NULL,
  title text,
  categories text[],
  price double precision,
  currency text,
  available boolean NOT NULL,
  attributes jsonb NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE promoted_models (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  name text NOT NULL,
  version text NOT NULL,
  family text NOT NULL,
  popular text[],
  promoted_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  topic text NOT NULL,
  key text NOT NULL,
  value text,
  created timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A notification wakes the relay at commit; its payload is empty, so that many inserts of one transaction make one.
CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('outbox', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER outbox_inserted AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

CREATE TABLE outbox_relay (
  id integer PRIMARY KEY CHECK (id = 1),
  publishing_since timestamptz(3)
);
INSERT INTO outbox_relay (id) VALUES (1);
