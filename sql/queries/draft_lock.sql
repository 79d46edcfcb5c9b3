-- draft_lock: wait for whoever changes the draft, then keep others waiting.
SELECT pg_advisory_xact_lock(hashtext('evenkeel draft'))
