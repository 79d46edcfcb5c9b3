-- cases_by_subject: conversations of a subject, by id.
-- binary
-- $1 text     subject
-- $2 uuid     only those after it
-- $3 integer  how many at most
-- $4 smallint status; NULL: any
-- $5 text     category; NULL: any
-- $6 text     ref; NULL: any
-- $7 text     subject; NULL: any
SELECT id, version, status, category, protocol, stage, stage_kind, stage_ord,
       channel, locale, ref, subject, outcome, root_cause, speaker, fault,
       intensity, peak_intensity, may_offer, release, created_at, updated_at,
       turns, undoes, warnings, reescalations, rejections, silences,
       apologized, flags, back, used, offered, visited, categories
FROM conversation
WHERE subject = $1 AND id > $2::uuid
  AND ($4::smallint IS NULL OR status = $4)
  AND ($5::text IS NULL OR category = $5)
  AND ($6::text IS NULL OR ref = $6)
  AND ($7::text IS NULL OR subject = $7)
ORDER BY id
LIMIT $3::integer
