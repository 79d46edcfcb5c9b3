-- release_notify: tell who listens, once this transaction is committed.
-- $1 text  the release's number
SELECT pg_notify('evenkeel_release', $1)
