-- stages_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE stage SET valid = int4range(lower(stage.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'stages' AND upper(item.valid) = $1::integer
      AND stage.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO stage (code, ord, kind, name, goal, done_when, steps, dont,
                       delivery, aliases, shared, hold, on_exit, seeds, valid)
    SELECT x.code, x.ord, x.kind, x.name, x.goal, x.done_when, x.steps, x.dont,
           x.delivery, x.aliases, x.shared, x.hold, x.on_exit, x.seeds,
           int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code code, ord integer, kind text, name text, goal text,
         done_when text,
         steps jsonb, dont jsonb, delivery jsonb, aliases code[],
         shared boolean, hold jsonb, on_exit effect[], seeds seed[])
    WHERE incoming.kind = 'stages' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'stages' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
