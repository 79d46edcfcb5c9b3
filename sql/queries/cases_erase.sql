-- cases_erase: some conversations and all that belongs to them, for good.
-- $1 uuid[]  the conversations, which are locked
WITH gone AS (
    DELETE FROM conversation USING unnest($1::uuid[]) AS wanted (id)
    WHERE conversation.id = wanted.id
    RETURNING conversation.id
), turns AS (
    DELETE FROM turn USING gone WHERE conversation = gone.id
), promises AS (
    DELETE FROM promise USING gone WHERE conversation = gone.id
), follow_ups AS (
    DELETE FROM follow_up USING gone WHERE conversation = gone.id
), keys AS (
    DELETE FROM idempotency USING gone WHERE conversation = gone.id
)
SELECT count(*) FROM gone
