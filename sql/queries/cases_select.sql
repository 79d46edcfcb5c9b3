-- cases_select: conversations by id.
-- binary
-- $1 uuid[]  their ids
SELECT id, version, status, category, protocol, stage, stage_kind, stage_ord,
       channel, locale, ref, subject, outcome, root_cause, speaker, fault,
       intensity, peak_intensity, may_offer, release, created_at, updated_at,
       turns, undoes, warnings, reescalations, rejections, silences,
       apologized, flags, back, used, offered, visited, categories
FROM conversation
WHERE id = ANY ($1::uuid[])
