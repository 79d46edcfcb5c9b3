-- batch_turns_only: as batch_turns, where no promise and no follow-up is new or
-- changed: half as much to make ready for a lone turn.
-- binary
-- $1 conversation_change[]  by id
WITH done AS (
    UPDATE conversation AS c
    SET version = n.version, status = n.status, category = n.category,
        protocol = n.protocol, stage = n.stage, stage_kind = n.stage_kind,
        stage_ord = n.stage_ord, channel = n.channel, outcome = n.outcome,
        root_cause = n.root_cause, speaker = n.speaker,
        intensity = n.intensity, peak_intensity = n.peak_intensity,
        release = n.release, updated_at = n.updated_at, turns = n.turns,
        undoes = n.undoes, warnings = n.warnings,
        reescalations = n.reescalations, rejections = n.rejections,
        silences = n.silences, apologized = n.apologized, flags = n.flags,
        back = n.back, used = n.used, offered = n.offered,
        visited = n.visited, categories = n.categories
    FROM unnest($1::conversation_change[]) AS n
    WHERE c.id = n.id AND c.version = n.version - 1
      AND NOT EXISTS (SELECT FROM idempotency AS i WHERE i.key = n.key)
    RETURNING n.*
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
)
SELECT id FROM done
