-- As before: the plans that are there from the start get terms for images; one that the operator has changed is his.
INSERT INTO plans (id, version, terms, created)
SELECT id, 3, jsonb_set(terms, '{meters}', terms -> 'meters' || CASE id
  WHEN 'free' THEN '{
    "images": {"included": 1000, "limit": 1000, "tiers": []}
  }'::jsonb
  ELSE '{
    "images": {"included": 1000, "limit": null, "tiers": [
      {"upTo": 1000000, "pricePerThousandMicros": 1000000},
      {"upTo": null, "pricePerThousandMicros": 500000}]}
  }'::jsonb END), CURRENT_TIMESTAMP
FROM plans AS made
WHERE id IN ('free', 'growth') AND version = 2
  AND terms -> 'meters' @> '{"tokens": {"included": 1000000}, "searches": {"included": 10000}}'
  AND NOT EXISTS (SELECT FROM plans WHERE plans.id = made.id AND plans.version = 3);
