-- setting_local: a PostgreSQL setting, until the transaction ends.
-- $1 text  its name
-- $2 text  its value
SELECT set_config($1, $2, true)
