-- events_due: note which follow-ups are due, some at a time.  Those that
-- another server is noting, or a turn is changing, are left for the next time.
UPDATE follow_up AS f
SET told_xid = pg_current_xact_id(), told_due = f.due
FROM (SELECT conversation, n
      FROM follow_up
      WHERE status = 0 AND told_due IS DISTINCT FROM due AND due <= now()
      ORDER BY due
      LIMIT 1000
      FOR UPDATE SKIP LOCKED) AS late
WHERE f.conversation = late.conversation AND f.n = late.n
RETURNING 1
