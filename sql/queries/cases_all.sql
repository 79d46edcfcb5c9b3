-- cases_all: conversations by id.
-- binary
-- $1 uuid     only those after it
-- $2 integer  how many at most
-- $3 smallint status; NULL: any
-- $4 text     category; NULL: any
SELECT id, version, status, category, protocol, stage, stage_kind, stage_ord,
       channel, locale, ref, subject, outcome, root_cause, speaker, fault,
       intensity, peak_intensity, may_offer, release, created_at, updated_at,
       turns, undoes, warnings, reescalations, rejections, silences,
       apologized, flags, back, used, offered, visited, categories
FROM conversation
WHERE id > $1::uuid
  AND ($3::smallint IS NULL OR status = $3)
  AND ($4::text IS NULL OR category = $4)
ORDER BY id
LIMIT $2::integer
