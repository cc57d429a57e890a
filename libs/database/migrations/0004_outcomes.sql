-- What the origin codes of a tenant's offers stand for. Rows are only added: offers outlive placements and versions. Codes are
-- hashes that SQL has no function for, so the service adds the rows of tenants that are older than this table at its start.
CREATE TABLE offer_origins (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  code text NOT NULL,
  placement text,
  model text,
  version text,
  strategy text NOT NULL,
  PRIMARY KEY (tenant, code)
);

CREATE TYPE touch_type AS ENUM ('impression', 'click', 'cart');

CREATE TABLE outcome_touches (
  tenant text NOT NULL,
  id text NOT NULL,
  position integer NOT NULL,
  subject text NOT NULL,
  offer text NOT NULL,
  origin text NOT NULL,
  type touch_type NOT NULL,
  item text,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, id, position),
  FOREIGN KEY (tenant, origin) REFERENCES offer_origins (tenant, code) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX outcome_touches_tenant_at_idx ON outcome_touches (tenant, at);
CREATE INDEX outcome_touches_tenant_subject_item_at_idx ON outcome_touches (tenant, subject, item, at);

CREATE TABLE outcome_purchases (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  purchase text NOT NULL,
  position integer NOT NULL,
  subject text NOT NULL,
  item text,
  quantity integer,
  revenue_micros bigint,
  currency text,
  offer text,
  origin text,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, purchase, position),
  FOREIGN KEY (tenant, origin) REFERENCES offer_origins (tenant, code) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX outcome_purchases_tenant_at_idx ON outcome_purchases (tenant, at);
