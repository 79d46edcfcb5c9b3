/*
 * query.h - the texts of sql/queries/ and sql/migrations/, as embed.awk
 * carries them in.
 */
#ifndef SQL_QUERY_H
#define SQL_QUERY_H

#include <stdbool.h>

/* One statement. */
struct query {
	const char *name; /* the file's name less ".sql" */
	const char *text;
	int nparams; /* the highest $n in ${text} */
	int number;  /* its place in all_queries[], from 1; 0: not of them */
	bool binary; /* its rows come as the server has them: sql/pack.h */
};

/* One step of the schema: as many statements as it takes. */
struct migration {
	int version;
	const char *name; /* the file's name less ".sql" */
	const char *text; /* the whole file: its checksum covers all of it */
};

extern const struct migration migrations[]; /* by version: 1, 2, 3 ... */
extern const int n_migrations;

#endif /* !SQL_QUERY_H */
