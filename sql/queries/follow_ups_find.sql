-- follow_ups_find: whose is it?  Its id begins as its conversation's.
-- binary
-- $1 uuid  its id
-- $2 uuid  the least id of a conversation that begins so
-- $3 uuid  the greatest
SELECT conversation
FROM follow_up
WHERE conversation BETWEEN $2::uuid AND $3::uuid AND id = $1::uuid
