-- phrases_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE phrase SET valid = int4range(lower(phrase.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'phrases' AND upper(item.valid) = $1::integer
      AND phrase.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO phrase (id, category, stage, n, purpose, text, lo, hi, fault,
                        speaker, channels, tone, locale, conditions, offers,
                        true_only, seeds, valid)
    SELECT x.id, x.category, x.stage, split_part(x.id, '/', 3)::integer,
           x.purpose, x.text, x.intensity[1], x.intensity[2], x.fault,
           x.speaker, x.channels, x.tone, x.locale, x."when", x.offers,
           x.true_only, x.seeds, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id text, category category_code, stage code, purpose code, text text,
         intensity integer[], fault text, speaker text, channels code[],
         tone text, locale locale, "when" text[], offers code[],
         true_only boolean, seeds seed[])
    WHERE incoming.kind = 'phrases' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'phrases' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
