-- batch_starts: conversations begin, each if its key is new; those that did
-- are returned.
-- binary
-- $1 conversation_change[]  by id
-- $2 promise_change[]       of these
-- $3 follow_up_change[]     the same
WITH new AS (
    SELECT n.* FROM unnest($1::conversation_change[]) AS n
    WHERE NOT EXISTS (SELECT FROM idempotency AS i WHERE i.key = n.key)
), started AS (
    INSERT INTO conversation (id, version, status, category, protocol, stage,
        stage_kind, stage_ord, channel, locale, ref, subject, outcome,
        root_cause, speaker, fault, intensity, peak_intensity, may_offer,
        release, created_at, updated_at, turns, undoes, warnings,
        reescalations, rejections, silences, apologized, flags, back, used,
        offered, visited, categories)
    SELECT id, version, status, category, protocol, stage,
        stage_kind, stage_ord, channel, locale, ref, subject, outcome,
        root_cause, speaker, fault, intensity, peak_intensity, may_offer,
        release, created_at, updated_at, turns, undoes, warnings,
        reescalations, rejections, silences, apologized, flags, back, used,
        offered, visited, categories
    FROM new
), done AS (
    SELECT * FROM new
), turned AS (
    INSERT INTO turn (conversation, n, at, kind, signal, from_stage, to_stage,
        moved, intensity, release, phrases, note, before)
    SELECT id, turns, turn_at, kind, signal, from_stage, to_stage, moved,
           intensity, release, phrases, note, before
    FROM done
), keyed AS (
    INSERT INTO idempotency (key, fingerprint, conversation, version, release,
        at, snapshot)
    SELECT key, fingerprint, id, version, release, turn_at, snapshot
    FROM done
    WHERE key IS NOT NULL
), promised AS (
    INSERT INTO promise (conversation, id, who, what, due, status)
    SELECT p.conversation, p.id, p.who, p.what, p.due, p.status
    FROM unnest($2::promise_change[]) AS p
    JOIN done ON done.id = p.conversation
    ON CONFLICT (conversation, id) DO UPDATE SET status = EXCLUDED.status
), followed AS (
    INSERT INTO follow_up (conversation, n, id, kind, due, status, promise,
        signal)
    SELECT f.conversation, f.n, f.id, f.kind, f.due, f.status, f.promise,
           f.signal
    FROM unnest($3::follow_up_change[]) AS f
    JOIN done ON done.id = f.conversation
    ON CONFLICT (conversation, n) DO UPDATE
    SET due = EXCLUDED.due, status = EXCLUDED.status
)
SELECT id FROM done
