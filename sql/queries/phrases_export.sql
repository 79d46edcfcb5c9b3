-- phrases_export: the phrases of a release as they stand in a bundle.
-- $1 integer  its number
SELECT kind, body
FROM item
WHERE valid @> $1::integer AND kind = 'phrases'
