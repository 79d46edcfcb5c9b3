-- draft_select: what the draft changes against the newest release, by kind.
-- $1 integer  the draft's number
SELECT kind,
       count(*) FILTER (WHERE valid @> $1::integer),
       count(*) FILTER (WHERE lower(valid) = $1),
       count(*) FILTER (WHERE upper(valid) = $1)
FROM item
WHERE valid @> $1::integer OR upper(valid) = $1
GROUP BY kind
ORDER BY kind COLLATE "C"
