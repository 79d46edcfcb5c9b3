-- items_select: a release, but for its phrases.
-- $1 integer  its number
SELECT kind, body
FROM item
WHERE valid @> $1::integer AND kind <> 'phrases'
