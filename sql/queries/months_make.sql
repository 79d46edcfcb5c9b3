-- months_make: partitions for this month and those ahead.
-- $1 integer  how many months ahead
SELECT make_months($1::integer)
