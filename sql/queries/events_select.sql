-- events_select: what happened, by transaction, conversation and number.  Only
-- what was written before every transaction that is still open: none of those
-- can add anything there any more.  Kinds of events share a transaction only
-- where it is a migration's, and a release's conversation is one that nobody
-- has.  There is always a row; its first column is where that ends.
-- $1 xid8     only those after this transaction, ...
-- $2 uuid     ... or in it, after this conversation
-- $3 integer  ... or in that, after this number
-- $4 integer  how many at most
SELECT horizon.xid, e.xid, e.conversation, e.n, e.type,
       to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       e.release, e.signal, e.from_stage, e.to_stage, e.moved::integer,
       e.intensity, e.follow_up, e.kind
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xid) AS horizon
LEFT JOIN (
    (SELECT xid, conversation, n,
            CASE WHEN kind = 0 THEN 'conversation.started'
                 WHEN kind = 3 AND ',' || note || ',' LIKE '%,closed,%'
                 THEN 'conversation.closed'
                 ELSE 'turn' END AS type,
            at, release, signal, from_stage, to_stage, moved, intensity,
            NULL::uuid AS follow_up, NULL::smallint AS kind
     FROM turn
     WHERE (xid, conversation, n) > ($1::xid8, $2::uuid, $3::integer)
       AND xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY xid, conversation, n
     LIMIT $4::integer)
    UNION ALL
    (SELECT told_xid, conversation, n, 'follow_up.due', told_due, NULL,
            signal, NULL, NULL, NULL, NULL, id, kind
     FROM follow_up
     WHERE told_xid IS NOT NULL
       AND (told_xid, conversation, n) > ($1::xid8, $2::uuid, $3::integer)
       AND told_xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY told_xid, conversation, n
     LIMIT $4::integer)
    UNION ALL
    (SELECT xid, '00000000-0000-0000-0000-000000000000', number,
            'release.published', published_at, number,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL
     FROM release
     WHERE (xid, '00000000-0000-0000-0000-000000000000'::uuid, number)
           > ($1::xid8, $2::uuid, $3::integer)
       AND xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY xid, number
     LIMIT $4::integer)
) AS e ON true
ORDER BY e.xid, e.conversation, e.n
LIMIT $4::integer
