-- incoming_fill: stage a whole release.
-- $1 integer  its number
INSERT INTO incoming (kind, i, body)
SELECT kind, row_number() OVER (), body
FROM item
WHERE valid @> $1::integer
