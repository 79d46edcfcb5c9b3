-- 0001_foundation: the schema, its three roles and the list of migrations.
--
-- This one runs as whoever migrates first, who must own the database.  From
-- the next one on the schema belongs to evenkeel_owner.

-- Roles belong to the whole cluster: another database may have made them, or
-- be making them at this moment.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY
        ARRAY['evenkeel_owner', 'evenkeel_writer', 'evenkeel_reader']
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = wanted);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
            NULL;
        WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                'the role %s is missing and %s may not create roles: have an '
                'administrator run CREATE ROLE %s NOLOGIN; GRANT '
                'evenkeel_owner TO %s', wanted, current_user, wanted,
                current_user);
        END;
    END LOOP;

    IF NOT pg_has_role(current_user, 'evenkeel_owner', 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT evenkeel_owner TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                '%s is not a member of evenkeel_owner: have an administrator '
                'run GRANT evenkeel_owner TO %s', current_user, current_user);
        END;
    END IF;
END
$$;

CREATE SCHEMA IF NOT EXISTS evenkeel;

COMMENT ON SCHEMA evenkeel IS 'What Evenkeel knows and keeps.';

GRANT USAGE, CREATE ON SCHEMA evenkeel TO evenkeel_owner;
GRANT USAGE ON SCHEMA evenkeel TO evenkeel_writer, evenkeel_reader;

-- A code and its range of releases in one exclusion constraint.
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA evenkeel;

CREATE TABLE evenkeel.schema_migrations (
    version    integer NOT NULL
               CONSTRAINT schema_migrations_version CHECK (version > 0),
    name       text NOT NULL,
    checksum   text NOT NULL
               CONSTRAINT schema_migrations_checksum
               CHECK (checksum ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);

COMMENT ON TABLE evenkeel.schema_migrations IS
    'The migrations applied so far, each with the SHA-256 of its file.';

ALTER TABLE evenkeel.schema_migrations OWNER TO evenkeel_owner;
GRANT SELECT ON evenkeel.schema_migrations
    TO evenkeel_writer, evenkeel_reader;
