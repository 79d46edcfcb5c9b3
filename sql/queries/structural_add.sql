-- structural_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE draft_rule SET valid = int4range(lower(draft_rule.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'structural' AND upper(item.valid) = $1::integer
      AND draft_rule.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO draft_rule (id, sub, severity, test, why, seeds, valid)
    SELECT x.id, x.sub, x.severity, x.test, x.why, x.seeds, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id text, sub code, severity text, test text, why text, seeds seed[])
    WHERE incoming.kind = 'structural' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'structural' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
