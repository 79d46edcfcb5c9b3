-- categories_add: add what the import brings and the draft does not hold.
-- $1 integer  the draft's number
WITH reopened AS (
    UPDATE category SET valid = int4range(lower(category.valid), NULL)
    FROM item JOIN incoming USING (kind, body)
    WHERE item.kind = 'categories' AND upper(item.valid) = $1::integer
      AND category.ctid = item.place
    RETURNING 1
), added AS (
    INSERT INTO category (code, parent, name, description, feelings,
                          resolutions, fault_default, prevent, keywords,
                          seeds, valid)
    SELECT x.code, x.parent, x.name, x.description, x.feelings, x.resolutions,
           x.fault_default, x.prevent, x.keywords, x.seeds, int4range($1, NULL)
    FROM incoming, jsonb_to_record(body) AS x(
         code category_code, parent category_code, name text, description text,
         feelings text[], resolutions code[], fault_default text,
         prevent text[], keywords text[], seeds seed[])
    WHERE incoming.kind = 'categories' AND NOT EXISTS (
        SELECT FROM item
        WHERE item.kind = 'categories' AND item.body = incoming.body
          AND (item.valid @> $1 OR upper(item.valid) = $1))
    ORDER BY i
    RETURNING 1
)
SELECT (SELECT count(*) FROM reopened) + (SELECT count(*) FROM added)
