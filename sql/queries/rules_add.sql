-- rules_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE wording_rule SET valid = int4range(lower(wording_rule.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'rules' AND upper(item.valid) = $1::integer
      AND wording_rule.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO wording_rule (id, cls, sub, severity, match, spare, example,
                              better, why, sources, seeds, exempt_stages,
                              valid)
    SELECT x.id, x.cls, x.sub, x.severity, x.match, x."except", x.example,
           x.better, x.why, x.sources, x.seeds, x.exempt_stages,
           int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         id text, cls code, sub code, severity text, match text[],
         "except" text[], example text, better text, why text,
         sources text[], seeds seed[], exempt_stages code[])
    WHERE incoming.kind = 'rules' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'rules' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
