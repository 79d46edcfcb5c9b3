-- transitions_close: end the rows of the draft that an import leaves out.
-- $1 integer  the draft's number
WITH gone AS (
    SELECT place FROM item
    WHERE kind = 'transitions' AND valid @> $1::integer AND NOT EXISTS (
        SELECT FROM incoming
        WHERE incoming.kind = 'transitions' AND incoming.body = item.body)
), dropped AS (
    DELETE FROM transition USING gone
    WHERE transition.ctid = gone.place AND lower(valid) = $1
    RETURNING 1
), ended AS (
    UPDATE transition SET valid = int4range(lower(valid), $1) FROM gone
    WHERE transition.ctid = gone.place AND lower(valid) < $1
    RETURNING 1
)
SELECT (SELECT count(*) FROM dropped) + (SELECT count(*) FROM ended)
