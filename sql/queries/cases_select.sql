-- cases_select: conversations by id.  A join looks for each in its own month;
-- "= ANY" would look in all.
-- binary
-- $1 uuid[]  their ids
SELECT c.id, version, status, category, protocol, stage, stage_kind, stage_ord,
       channel, locale, ref, subject, outcome, root_cause, speaker, fault,
       intensity, peak_intensity, may_offer, release, created_at, updated_at,
       turns, undoes, warnings, reescalations, rejections, silences,
       apologized, flags, back, used, offered, visited, categories
FROM unnest($1::uuid[]) AS wanted (id)
JOIN conversation AS c ON c.id = wanted.id
