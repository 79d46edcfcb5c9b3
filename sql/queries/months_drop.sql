-- months_drop: drop the oldest month whose time has come, if there is one.
-- $1 integer  how many days a closed conversation is kept
SELECT drop_months($1::integer)
