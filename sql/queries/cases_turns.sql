-- cases_turns: all that happened in a conversation.
-- binary
-- $1 uuid  the conversation
SELECT n, at, kind, signal, from_stage, to_stage, moved, intensity, release,
       phrases, note, before
FROM turn
WHERE conversation = $1::uuid
ORDER BY n
