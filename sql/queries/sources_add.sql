-- sources_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE source SET valid = int4range(lower(source.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'sources' AND upper(item.valid) = $1::integer
      AND source.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO source (id, url, title, trust, valid)
    SELECT x.id, x.url, x.title, x.trust, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id item_id, url text, title text, trust text)
    WHERE incoming.kind = 'sources' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'sources' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
