-- cues_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE cue SET valid = int4range(lower(cue.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'cues' AND upper(item.valid) = $1::integer
      AND cue.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO cue (name, words, valid)
    SELECT x.name, x.words, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         name text, words jsonb)
    WHERE incoming.kind = 'cues' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'cues' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
