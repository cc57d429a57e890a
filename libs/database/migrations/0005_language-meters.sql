-- The plans that are there from the start get terms for what is counted since they were made; one that the operator has changed is his.
INSERT INTO plans (id, version, terms, created)
SELECT id, 2, jsonb_set(terms, '{meters}', terms -> 'meters' || CASE id
  WHEN 'free' THEN '{
    "tokens": {"included": 1000000, "limit": 1000000, "tiers": []},
    "searches": {"included": 10000, "limit": 10000, "tiers": []}
  }'::jsonb
  ELSE '{
    "tokens": {"included": 1000000, "limit": null, "tiers": [
      {"upTo": 100000000, "pricePerThousandMicros": 400},
      {"upTo": null, "pricePerThousandMicros": 200}]},
    "searches": {"included": 10000, "limit": null, "tiers": [
      {"upTo": 10000000, "pricePerThousandMicros": 50000},
      {"upTo": null, "pricePerThousandMicros": 20000}]}
  }'::jsonb END), CURRENT_TIMESTAMP
FROM plans AS made
WHERE id IN ('free', 'growth') AND version = 1
  AND NOT EXISTS (SELECT FROM plans WHERE plans.id = made.id AND plans.version = 2);
