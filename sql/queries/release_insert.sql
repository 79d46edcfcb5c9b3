-- release_insert: publish the draft.
-- $1 integer  its number
-- $2 text     note
-- $3 text     who publishes; NULL: the role that is connected
INSERT INTO release (number, note, published_by, phrases, categories)
SELECT $1::integer, $2, coalesce($3, current_user),
       (SELECT count(*) FROM phrase WHERE valid @> $1::integer),
       (SELECT count(*) FROM category WHERE valid @> $1::integer)
RETURNING number
