-- incoming_add: stage rows of one kind.
-- $1 text     kind
-- $2 integer  how many of the kind are staged already
-- $3 jsonb    an array of rows as they stand in a bundle
INSERT INTO incoming (kind, i, body)
SELECT $1, $2::integer + (n - 1)::integer, body
FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS rows (body, n)
