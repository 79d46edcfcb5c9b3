-- release_newest: the number of the newest release, 0 if there is none.
SELECT coalesce(max(number), 0) FROM release
