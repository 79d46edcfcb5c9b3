-- 0007_events: which transaction wrote a row, so that what happened can be
-- read in order and nothing that commits late is passed by.
--
-- The column fills itself in: what writes these rows, also a server of the
-- version before, says nothing of it, and writes no row more.  Rows that are
-- there get the transaction of this migration; no table is written anew.
SET LOCAL ROLE evenkeel_owner;

ALTER TABLE turn
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE release
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN turn.xid IS 'The transaction that wrote it.';
COMMENT ON COLUMN release.xid IS 'The transaction that published it.';

-- When it is due nothing is written: whoever reads the events notes that it
-- was told, and for which time, for it may be put off and be due again.
ALTER TABLE follow_up
    ADD COLUMN told_xid xid8,
    ADD COLUMN told_due timestamptz;
COMMENT ON COLUMN follow_up.told_xid IS
    'The transaction that noted that it is due.';
COMMENT ON COLUMN follow_up.told_due IS 'The time it was due by then.';

-- As the events are sorted.  Of a month yet to come they are made with it.
CREATE INDEX turn_xid ON turn (xid, conversation, n);
CREATE INDEX follow_up_told ON follow_up (told_xid, conversation, n)
    WHERE told_xid IS NOT NULL;
CREATE INDEX follow_up_untold ON follow_up (due)
    WHERE status = 0 AND told_due IS DISTINCT FROM due;

GRANT UPDATE (told_xid, told_due) ON follow_up TO evenkeel_writer;
