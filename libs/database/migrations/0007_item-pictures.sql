CREATE TABLE item_pictures (
  tenant text NOT NULL,
  item text NOT NULL,
  jpeg bytea NOT NULL,
  sha256 text NOT NULL,
  source_sha256 text NOT NULL,
  PRIMARY KEY (tenant, item),
  FOREIGN KEY (tenant, item) REFERENCES items (tenant, id) ON DELETE CASCADE ON UPDATE RESTRICT
);
-- A JPEG does not get smaller.
ALTER TABLE item_pictures ALTER COLUMN jpeg SET STORAGE EXTERNAL;

ALTER TABLE outbox ADD COLUMN picture bytea;
ALTER TABLE outbox ALTER COLUMN picture SET STORAGE EXTERNAL;
