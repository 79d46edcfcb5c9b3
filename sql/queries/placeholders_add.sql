-- placeholders_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE placeholder SET valid = int4range(lower(placeholder.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'placeholders' AND upper(item.valid) = $1::integer
      AND placeholder.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO placeholder (name, type, meaning, example, follows, standard,
                             private, valid)
    SELECT x.name, x.type, x.meaning, x.example, x.follows, x."default",
           x.private, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         name text, type text, meaning text, example text, follows text[],
         "default" text, private boolean)
    WHERE incoming.kind = 'placeholders' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'placeholders' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
