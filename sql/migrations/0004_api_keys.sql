-- 0004_api_keys: who may use the service.
--
-- Of a key only the SHA-256 of its secret is kept.  A row stays when its key
-- is revoked, so that what a log says of its id can be understood.
SET LOCAL ROLE evenkeel_owner;

CREATE TABLE api_key (
    id         text COLLATE "C" NOT NULL
               CONSTRAINT api_key_id CHECK (id ~ '^[0-9A-Za-z]{8}$'),
    role       text NOT NULL
               CONSTRAINT api_key_role CHECK
               (role IN ('reader', 'agent', 'editor', 'publisher', 'admin')),
    sha256     bytea NOT NULL
               CONSTRAINT api_key_sha256 CHECK (length(sha256) = 32),
    note       text NOT NULL DEFAULT ''
               CONSTRAINT api_key_note CHECK (length(note) <= 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
               CONSTRAINT api_key_expires_at CHECK (isfinite(expires_at)),
    revoked_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE api_key IS
    'API keys: who may use the service, and for what.';
COMMENT ON COLUMN api_key.sha256 IS
    'Of the secret, the last 43 characters of the key.';
COMMENT ON COLUMN api_key.note IS 'Whose it is, for people.';
COMMENT ON COLUMN api_key.expires_at IS 'NULL: never.';

-- Whoever changes it, also by hand: every server is told at once.
CREATE FUNCTION api_key_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('evenkeel_key', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION api_key_changed() IS 'Tell the servers.';

CREATE TRIGGER api_key_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION api_key_changed();

CREATE FUNCTION api_key_stays_revoked() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE integrity_constraint_violation
        USING MESSAGE = 'a revoked key stays revoked: make another';
END
$$;
COMMENT ON FUNCTION api_key_stays_revoked() IS
    'What was revoked may have been seen by somebody.';

CREATE TRIGGER api_key_stays_revoked
    BEFORE UPDATE ON api_key
    FOR EACH ROW
    WHEN (OLD.revoked_at IS NOT NULL
          AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    EXECUTE FUNCTION api_key_stays_revoked();

GRANT SELECT (id, role, sha256, expires_at, revoked_at)
    ON api_key TO evenkeel_reader;
GRANT SELECT, INSERT (id, role, sha256, note, expires_at),
    UPDATE (revoked_at) ON api_key TO evenkeel_writer;
