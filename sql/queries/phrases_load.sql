-- phrases_load: the phrases of a release, lists as codes with spaces between.
-- $1 integer  its number
SELECT id, category, stage, purpose, text, fault, speaker,
       array_to_string(channels, ' '), tone, locale,
       array_to_string(conditions, ' '), array_to_string(offers, ' '),
       array_to_string(seeds, ' '), lo, hi, true_only
FROM phrase
WHERE valid @> $1::integer
ORDER BY category, stage, n
