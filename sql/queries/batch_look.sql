-- batch_look: what a batch reads next is of one moment.  Until its transaction
-- ends, though it is no SET LOCAL: that is for a transaction that was begun by
-- name, and every transaction begins with the default.
SET transaction_isolation = 'repeatable read'
