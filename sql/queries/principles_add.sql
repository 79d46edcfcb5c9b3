-- principles_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE principle SET valid = int4range(lower(principle.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'principles' AND upper(item.valid) = $1::integer
      AND principle.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO principle (id, text, audience, seeds, valid)
    SELECT x.id, x.text, x.audience, x.seeds, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id item_id, text text, audience code, seeds seed[])
    WHERE incoming.kind = 'principles' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'principles' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
