-- phrases_search: phrases whose words match a query, best first.
-- $1 integer  release
-- $2 text     query, as one would type it into a search engine
-- $3 text     category, or NULL
-- $4 text     stage, or NULL
-- $5 text     channel, or NULL; a phrase for any channel matches
-- $6 text     speaker, or NULL; a phrase for any speaker suits human and bot
-- $7 text     tone, or NULL
-- $8 text     locale, or NULL
-- $9 real     the last page's lowest rank, or NULL for the first page
-- $10 text    the last id of that page
-- $11 integer how many at most
SELECT id, rank
FROM (
    SELECT id, ts_rank(words, query) AS rank
    FROM phrase, websearch_to_tsquery('english', $2) AS query
    WHERE valid @> $1::integer
      AND words @@ query
      AND category = coalesce($3, category)
      AND stage = coalesce($4, stage)
      AND ($5::text IS NULL OR channels && ARRAY[$5, 'any']::code[])
      AND ($6::text IS NULL OR speaker = $6
           OR (speaker = 'any' AND $6 IN ('human', 'bot')))
      AND tone = coalesce($7, tone)
      AND locale = coalesce($8, locale)
) AS found
WHERE $9::real IS NULL OR rank < $9 OR (rank = $9 AND id > $10)
ORDER BY rank DESC, id
LIMIT $11::integer
