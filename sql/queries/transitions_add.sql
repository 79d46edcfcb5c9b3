-- transitions_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE transition SET valid = int4range(lower(transition.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'transitions' AND upper(item.valid) = $1::integer
      AND transition.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO transition (from_stage, signal, prio, guard, to_stage,
                            effects, why, seeds, valid)
    SELECT x."from", x.signal, x.prio, x.guard, x."to", x.effects, x.why,
           x.seeds, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         "from" text, signal code, prio integer, guard text, "to" code,
         effects effect[], why text, seeds seed[])
    WHERE incoming.kind = 'transitions' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'transitions' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
