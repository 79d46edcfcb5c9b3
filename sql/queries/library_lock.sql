-- library_lock: one change of the draft at a time, whoever makes it.
--
-- It keeps out even a hand at psql, and nobody who only reads.
LOCK TABLE release, setting, stage, signal, transition, protocol, category,
    phrase, placeholder, channel, wording_rule, draft_rule, cue, fact,
    principle, source
    IN SHARE ROW EXCLUSIVE MODE
