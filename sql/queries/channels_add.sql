-- channels_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE channel SET valid = int4range(lower(channel.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'channels' AND upper(item.valid) = $1::integer
      AND channel.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO channel (code, live, body, voice, public, max_words, valid)
    SELECT x.code, x.live, x.body, x.voice, x.public, x.max_words,
           int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code code, live boolean, body boolean, voice boolean, public boolean,
         max_words integer)
    WHERE incoming.kind = 'channels' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'channels' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
