# embed.awk - turn .sql files into C, so that the program carries them along.
#
#	awk -f sql/embed.awk -v what=queries sql/queries/*.sql > gen/queries.c
#	awk -f sql/embed.awk -v what=header sql/queries/*.sql > gen/queries.h
#	awk -f sql/embed.awk -v what=migrations sql/migrations/*.sql \
#	    > gen/migrations.c
#
# sql/queries/note_select.sql becomes "const struct query query_note_select".
# A query loses its comments; with "-- binary" among them its rows come as the
# server has them, not as text.  A migration keeps every byte, so that its
# checksum is that of its file.

function stem(path) {
	sub(/.*\//, "", path)
	sub(/\.sql$/, "", path)
	return path
}

function fail(message) {
	print "embed.awk: " message > "/dev/stderr"
	failed = 1
	exit 1
}

function begin() {
	name = stem(FILENAME)
	nparams = 0
	binary = "false"
	nfiles++
	if (what == "header") {
		printf "extern const struct query query_%s;\n", name
	} else if (what == "queries") {
		printf "\nconst struct query query_%s = {\n", name
		printf "\t.name = \"%s\",\n\t.number = %d,\n", name, nfiles
		printf "\t.text =\n"
	} else {
		if (substr(name, 1, 4) + 0 != nfiles)
			fail(FILENAME ": number " nfiles " is missing")
		printf "\t{ %d, \"%s\",\n", nfiles, name
	}
}

function finish() {
	if (nfiles == 0 || what == "header")
		return
	if (what == "queries")
		printf "\t,\n\t.nparams = %d,\n\t.binary = %s,\n};\n", nparams, binary
	else
		print "\t},"
}

BEGIN {
	if (what != "header" && what != "queries" && what != "migrations")
		fail("what=header, queries or migrations?")
	print "/* Made by sql/embed.awk; edit the .sql file instead. */"
	if (what == "header")
		print "#ifndef GEN_QUERIES_H\n#define GEN_QUERIES_H\n"
	print "#include \"sql/query.h\"\n"
	if (what == "queries")
		print "#include \"gen/queries.h\""
	if (what == "migrations") {
		print "/* A migration is as long as it must be. */"
		print "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"
		print "const struct migration migrations[] = {"
	}
}

FNR == 1 {
	finish()
	begin()
}

/^-- binary$/ { binary = "true" }

what == "header" || (what == "queries" && /^--/) { next }

{
	line = $0
	gsub(/\\/, "&&", line)
	gsub(/"/, "\\\"", line)
	gsub(/\t/, "\\t", line)
	printf "\t    \"%s\\n\"\n", line

	while (match($0, /\$[0-9]+/)) {
		n = substr($0, RSTART + 1, RLENGTH - 1) + 0
		if (n > nparams)
			nparams = n
		$0 = substr($0, RSTART + RLENGTH)
	}
}

END {
	if (failed)
		exit 1
	finish()
	if (what == "header") {
		printf "\n#define N_QUERIES %d\n", nfiles
		print "extern const struct query *const all_queries[N_QUERIES];"
		print "\n#endif /* !GEN_QUERIES_H */"
	} else if (what == "queries") {
		print "\nconst struct query *const all_queries[N_QUERIES] = {"
		for (i = 1; i < ARGC; i++)
			if (ARGV[i] ~ /\.sql$/)
				printf "\t&query_%s,\n", stem(ARGV[i])
		print "};"
	} else {
		print "};\n"
		print "const int n_migrations = sizeof(migrations) / " \
		    "sizeof(migrations[0]);"
	}
}
