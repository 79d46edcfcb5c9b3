-- erasure_keep: a key, and how many conversations were erased with it.  They
-- are gone: it belongs to none.
-- $1 text     the key, in hex
-- $2 text     the fingerprint, in hex
-- $3 integer  how many
INSERT INTO idempotency (key, fingerprint, conversation, version, release, at)
VALUES (decode($1, 'hex'), decode($2, 'hex'),
        '00000000-0000-0000-0000-000000000000', $3, 0, now())
