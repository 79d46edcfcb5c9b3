-- releases_select: releases, newest first.
-- $1 integer  only those before this number; NULL: from the newest on
-- $2 integer  how many at most
SELECT number,
       to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       note, published_by, phrases, categories
FROM release
WHERE number < coalesce($1::integer, 2147483647)
ORDER BY number DESC
LIMIT $2::integer
