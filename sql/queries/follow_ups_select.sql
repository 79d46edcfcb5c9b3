-- follow_ups_select: what is to be done, by the time it is due.
-- binary
-- $1 smallint  status
-- $2 bigint    due before, in microseconds since 1970
-- $3 bigint    only those after this time, ...
-- $4 uuid      ... or at that time after this id
-- $5 integer   how many at most
SELECT conversation, n, id, kind, due, status, promise, signal
FROM follow_up
WHERE status = $1::smallint
  AND due < to_timestamp(0) + $2::bigint * interval '1 microsecond'
  AND (due, id) > (to_timestamp(0) + $3::bigint * interval '1 microsecond',
                   $4::uuid)
ORDER BY due, id
LIMIT $5::integer
