-- cases_erase: some conversations and all that belongs to them, for good.
-- $1 uuid[]  the conversations, which are locked
WITH gone AS (
    DELETE FROM conversation
    WHERE id = ANY ($1::uuid[])
    RETURNING id
), turns AS (
    DELETE FROM turn USING gone
    WHERE conversation = gone.id AND conversation = ANY ($1::uuid[])
), promises AS (
    DELETE FROM promise USING gone
    WHERE conversation = gone.id AND conversation = ANY ($1::uuid[])
), follow_ups AS (
    DELETE FROM follow_up USING gone
    WHERE conversation = gone.id AND conversation = ANY ($1::uuid[])
), keys AS (
    DELETE FROM idempotency USING gone
    WHERE conversation = gone.id AND conversation = ANY ($1::uuid[])
)
SELECT count(*) FROM gone
