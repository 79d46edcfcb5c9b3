-- signals_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE signal SET valid = int4range(lower(signal.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'signals' AND upper(item.valid) = $1::integer
      AND signal.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO signal (code, source, meaning, examples, valid)
    SELECT x.code, x.source, x.meaning, x.examples, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code code, source text, meaning text, examples text[])
    WHERE incoming.kind = 'signals' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'signals' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
