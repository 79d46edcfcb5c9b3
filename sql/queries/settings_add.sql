-- settings_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE setting SET valid = int4range(lower(setting.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'settings' AND upper(item.valid) = $1::integer
      AND setting.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO setting (code, value, valid)
    SELECT x.code, x.value, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code code, value jsonb)
    WHERE incoming.kind = 'settings' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'settings' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
