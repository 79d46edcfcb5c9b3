-- 0001_foundation: the schema, its three roles and the list of migrations.
--
-- This one runs as whoever migrates first, who must own the database.  From
-- the next one on the schema belongs to evenkeel_owner.

-- Roles belong to the whole cluster: another database may have made them, or
-- be making them at this moment; then look once more.
DO $$
BEGIN
    FOR attempt IN 1 .. 3 LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles
                           WHERE rolname = 'evenkeel_owner') THEN
                CREATE ROLE evenkeel_owner NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles
                           WHERE rolname = 'evenkeel_writer') THEN
                CREATE ROLE evenkeel_writer NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles
                           WHERE rolname = 'evenkeel_reader') THEN
                CREATE ROLE evenkeel_reader NOLOGIN;
            END IF;
            EXIT;
        EXCEPTION
        WHEN duplicate_object OR unique_violation THEN
            NULL;
        WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING MESSAGE = format(
                'the roles evenkeel_owner, evenkeel_writer and '
                'evenkeel_reader are not all there and %s may not create '
                'roles: have an administrator run CREATE ROLE ... NOLOGIN '
                'for each, and GRANT evenkeel_owner TO %s', current_user,
                current_user);
        END;
    END LOOP;

    IF NOT pg_has_role(current_user, 'evenkeel_owner', 'MEMBER') THEN
        BEGIN
            GRANT evenkeel_owner TO CURRENT_USER;
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
