#!/bin/bash
# million.sh - make the newest release, in place, one of so many phrases.
#
#	tests/bench/million.sh 1000000		# prints the bytes of their text
#
# Each phrase comes again and again with a number of its own.  Imported as a
# bundle they are a matter of minutes, most of which goes into an index that
# keeps the releases apart: here it is left out.  For a bench's database only.

set -eu
psql -qXAt -v ON_ERROR_STOP=1 -v wanted="$1" -d "$EVENKEEL_DATABASE_URL" <<'END'
SET search_path = evenkeel, pg_catalog;
ALTER TABLE phrase DROP CONSTRAINT phrase_id;
CREATE TEMP TABLE once AS SELECT *, count(*) OVER () AS many FROM phrase;
INSERT INTO phrase (id, category, stage, n, purpose, text, lo, hi, fault,
	speaker, channels, tone, locale, conditions, offers, true_only, seeds,
	valid)
SELECT category || '/' || stage || '/' || n + 1000 * k, category, stage,
	n + 1000 * k, purpose, k || ' ' || text, lo, hi, fault, speaker,
	channels, tone, locale, conditions, offers, true_only, seeds, valid
FROM once, generate_series(1, :wanted / (SELECT many FROM once LIMIT 1)) AS k;
SELECT sum(octet_length(text)) FROM phrase;
END
