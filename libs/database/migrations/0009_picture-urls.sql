-- Of tenants from before it is null, which is as good as empty.
ALTER TABLE tenants ADD COLUMN picture_hosts text[];

ALTER TABLE items ADD COLUMN picture_url text;

CREATE TABLE picture_fetches (
  tenant text NOT NULL,
  item text NOT NULL,
  url text NOT NULL,
  attempts integer NOT NULL,
  due timestamptz(3),
  code text,
  reason text,
  PRIMARY KEY (tenant, item),
  FOREIGN KEY (tenant, item) REFERENCES items (tenant, id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX picture_fetches_tenant_due_idx ON picture_fetches (tenant, due);
