-- facts_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE fact SET valid = int4range(lower(fact.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'facts' AND upper(item.valid) = $1::integer
      AND fact.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO fact (id, figure, unit, claim, attributed_to, seeds,
                      confidence, note, sources, valid)
    SELECT x.id, x.figure, x.unit, x.claim, x.attributed_to, x.seeds,
           x.confidence, x.note, x.sources, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id item_id, figure text, unit text, claim text, attributed_to text,
         seeds seed[], confidence text, note text, sources text[])
    WHERE incoming.kind = 'facts' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'facts' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
