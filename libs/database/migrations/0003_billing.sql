-- What sources have counted so far. The topic may tell of a tenant that is not here.
CREATE TABLE usage_counts (
  tenant text NOT NULL,
  hour timestamptz(0) NOT NULL,
  meter text NOT NULL,
  source text NOT NULL,
  epoch text NOT NULL,
  units bigint NOT NULL,
  PRIMARY KEY (tenant, hour, meter, source, epoch)
);

-- Where to go on with the topic, written with the counts: what is restored from a backup goes on from its own place.
CREATE TABLE usage_positions (
  topic text NOT NULL,
  "partition" integer NOT NULL,
  next bigint NOT NULL,
  PRIMARY KEY (topic, "partition")
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Rows of % are only added.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE plans (
  id text NOT NULL,
  version integer NOT NULL,
  terms jsonb NOT NULL,
  created timestamptz(3) NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE TRIGGER plans_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON plans
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE tenant_plans (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  since timestamptz(3) NOT NULL,
  plan text NOT NULL,
  plan_version integer NOT NULL,
  PRIMARY KEY (tenant, since),
  FOREIGN KEY (plan, plan_version) REFERENCES plans (id, version) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE TRIGGER tenant_plans_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON tenant_plans
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE quotas (
  tenant text NOT NULL,
  month text NOT NULL,
  meter text NOT NULL,
  used bigint NOT NULL,
  PRIMARY KEY (tenant, month, meter)
);
CREATE TABLE quota_shares (
  tenant text NOT NULL,
  month text NOT NULL,
  meter text NOT NULL,
  replica text NOT NULL,
  granted bigint NOT NULL,
  unleased bigint NOT NULL,
  PRIMARY KEY (tenant, month, meter, replica),
  FOREIGN KEY (tenant, month, meter) REFERENCES quotas (tenant, month, meter) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE TABLE quota_replicas (
  replica text PRIMARY KEY,
  seen timestamptz(3) NOT NULL
);

-- Issued invoices: drafts are computed when they are asked for.
CREATE TABLE invoices (
  tenant text NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  month text NOT NULL,
  number integer NOT NULL,
  plan text NOT NULL,
  plan_version integer NOT NULL,
  total_micros bigint NOT NULL,
  issued timestamptz(3) NOT NULL,
  PRIMARY KEY (tenant, month),
  FOREIGN KEY (plan, plan_version) REFERENCES plans (id, version) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX invoices_number_key ON invoices (number);
CREATE TRIGGER invoices_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON invoices
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE invoice_lines (
  tenant text NOT NULL,
  month text NOT NULL,
  position integer NOT NULL,
  used_in text NOT NULL,
  meter text NOT NULL,
  units bigint NOT NULL,
  included bigint NOT NULL,
  amount_micros bigint NOT NULL,
  PRIMARY KEY (tenant, month, position),
  FOREIGN KEY (tenant, month) REFERENCES invoices (tenant, month) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE TRIGGER invoice_lines_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_lines
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- An invoice has its lines from the transaction that issues it, and gets no others.
CREATE FUNCTION refuse_later_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM invoices
    WHERE tenant = NEW.tenant AND month = NEW.month AND xmin = pg_current_xact_id()::xid
  ) THEN
    RAISE EXCEPTION 'An issued invoice gets no further lines.' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER invoice_lines_at_once BEFORE INSERT ON invoice_lines
  FOR EACH ROW EXECUTE FUNCTION refuse_later_line();

-- A sequence would leave gaps behind transactions that are undone.
CREATE TABLE invoice_numbers (
  id integer PRIMARY KEY CHECK (id = 1),
  last integer NOT NULL
);
INSERT INTO invoice_numbers (id, last) VALUES (1, 0);

-- Prices are millionths of the currency for 1,000 units.
INSERT INTO plans (id, version, terms, created) VALUES
('free', 1, '{
  "id": "free", "name": "Free", "currency": "EUR", "whileUnknown": "refuse", "requestsPerSecond": 10,
  "meters": {
    "events": {"included": 1000000, "limit": null, "tiers": []},
    "offers": {"included": 100000, "limit": 100000, "tiers": []},
    "recommendations": {"included": 10000, "limit": 10000, "tiers": []},
    "explanations": {"included": 1000, "limit": 1000, "tiers": []}
  }}', CURRENT_TIMESTAMP),
('growth', 1, '{
  "id": "growth", "name": "Growth", "currency": "EUR", "whileUnknown": "serve", "requestsPerSecond": 500,
  "meters": {
    "events": {"included": 1000000, "limit": null, "tiers": [
      {"upTo": 50000000, "pricePerThousandMicros": 20000},
      {"upTo": null, "pricePerThousandMicros": 10000}]},
    "offers": {"included": 100000, "limit": null, "tiers": [
      {"upTo": 10000000, "pricePerThousandMicros": 10000},
      {"upTo": null, "pricePerThousandMicros": 5000}]},
    "recommendations": {"included": 10000, "limit": null, "tiers": [
      {"upTo": 1000000, "pricePerThousandMicros": 100000},
      {"upTo": 20000000, "pricePerThousandMicros": 60000},
      {"upTo": null, "pricePerThousandMicros": 30000}]},
    "explanations": {"included": 1000, "limit": null, "tiers": [
      {"upTo": null, "pricePerThousandMicros": 200000}]}
  }}', CURRENT_TIMESTAMP);
