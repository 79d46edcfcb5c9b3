-- migrations_lock: one migration at a time.
SELECT pg_advisory_xact_lock(hashtext('evenkeel migrations'))
