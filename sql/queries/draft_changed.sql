-- draft_changed: does the draft differ from the newest release?
-- $1 integer  the draft's number
SELECT EXISTS (SELECT FROM item WHERE lower(valid) = $1)
    OR EXISTS (SELECT FROM item WHERE upper(valid) = $1)
