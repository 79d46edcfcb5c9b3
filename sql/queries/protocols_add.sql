-- protocols_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE protocol SET valid = int4range(lower(protocol.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'protocols' AND upper(item.valid) = $1::integer
      AND protocol.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO protocol (code, name, trust, origin, channels, note, sources,
                          seeds, steps, transitions, valid)
    SELECT x.code, x.name, x.trust, x.origin, x.channels, x.note, x.sources,
           x.seeds, x.steps, x.transitions, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code code, name text, trust text, origin text, channels code[],
         note text, sources text[], seeds seed[], steps jsonb,
         transitions jsonb)
    WHERE incoming.kind = 'protocols' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'protocols' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
