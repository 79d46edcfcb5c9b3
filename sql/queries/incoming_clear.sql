-- incoming_clear: forget what is staged.  Not by TRUNCATE, which makes a new
-- file: PostgreSQL 15 may not come back from a crash soon after ("could not
-- create file ...: File exists").  The library lock is held.
DELETE FROM incoming
