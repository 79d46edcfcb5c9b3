-- migrations_exist: has this database any migration applied?
SELECT to_regclass('evenkeel.schema_migrations') IS NOT NULL
