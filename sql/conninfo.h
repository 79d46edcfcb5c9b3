/*
 * conninfo.h - where the database is, and how we speak to it.
 *
 * A libpq connection string, with what we insist on added to it: short waits,
 * keepalives, UTF-8.  Several hosts are tried one at a time, for libpq's own
 * asynchronous connecting never gives a silent host up.  Looking a host name
 * up may still block: whoever may not wait gives the address (resolve.h).
 */
#ifndef SQL_CONNINFO_H
#define SQL_CONNINFO_H

#include <stddef.h>

struct pg_conn; /* libpq calls it PGconn */

/* As whom we come: what the string's role may do, and what we may do. */
enum db_role {
	DB_READER, /* any server will do, a standby too; never writes */
	DB_WRITER, /* the primary only */
	DB_OWNER,  /* the primary only; waits longer for locks */
};

struct conninfo;

/**
 * conninfo_new(url, role, why, size):
 * Read ${url}, a libpq connection string or URI ("" is libpq's defaults).
 * Return NULL if it makes no sense or memory ran out, with a sentence in
 * ${why}, which has ${size} bytes.  It never holds the password.
 */
struct conninfo *conninfo_new(const char *url, enum db_role role, char *why,
			      size_t size);

/**
 * conninfo_hosts(ci):
 * How many hosts there are to try, at least 1.
 */
size_t conninfo_hosts(const struct conninfo *ci);

/**
 * conninfo_timeout_ms(ci):
 * How long to wait for one host.
 */
int conninfo_timeout_ms(const struct conninfo *ci);

/**
 * conninfo_name(ci, i, to, size):
 * Write the name of host ${i} into the ${size} bytes at ${to}, if it must be
 * looked up; else "".
 */
void conninfo_name(const struct conninfo *ci, size_t i, char *to, size_t size);

/**
 * conninfo_start(ci, i, address):
 * Begin to connect to host ${i}, at ${address} if that is not NULL; go on with
 * PQconnectPoll().  Return NULL if out of memory.  The caller must PQfinish()
 * it.
 */
struct pg_conn *conninfo_start(const struct conninfo *ci, size_t i,
			       const char *address);

/**
 * conninfo_setup(ci):
 * The statements that a fresh connection must run first.
 */
const char *conninfo_setup(const struct conninfo *ci);

/**
 * conninfo_free(ci):
 * Free ${ci}.  NULL is allowed.
 */
void conninfo_free(struct conninfo *ci);

#endif /* !SQL_CONNINFO_H */
