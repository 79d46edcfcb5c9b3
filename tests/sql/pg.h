/*
 * pg.h - a PostgreSQL of one's own for a test program.
 *
 * pg_start() makes a cluster in a fresh folder under /tmp and starts it, as
 * the user "postgres" if we are root; it ends with this program, however that
 * ends.  All of these end the program with a message if they cannot.
 *
 * Start it in an unchecked fixture or in main(), never in a forked test.
 */
#ifndef TESTS_SQL_PG_H
#define TESTS_SQL_PG_H

#include <stdbool.h>

enum pg_mode {
	PG_FAST,    /* no fsync: what a power cut leaves is not tested */
	PG_DURABLE, /* as in production */
};

/**
 * pg_start(mode):
 * Make a cluster and start it, on a Unix socket and a TCP port of 127.0.0.1.
 */
void pg_start(enum pg_mode mode);

/**
 * pg_stop():
 * Stop the cluster and remove it.  Also done at exit().
 */
void pg_stop(void);

/**
 * pg_database():
 * Make a fresh, empty database and turn pg_url() to it.
 */
void pg_database(void);

/**
 * pg_database_like(template):
 * As pg_database(), but a copy of the database ${template}, to which nobody
 * may be connected.
 */
void pg_database_like(const char *template);

/**
 * pg_database_name():
 * The name of the newest database.
 */
const char *pg_database_name(void);

/**
 * pg_url(), pg_url_as(user):
 * The connection string of the newest database, for its superuser or for
 * ${user}; no password is asked.  Valid until the next call
 * in this thread.
 */
const char *pg_url(void);
const char *pg_url_as(const char *user);

/**
 * pg_socket_dir(), pg_port():
 * Where it listens.
 */
const char *pg_socket_dir(void);
int pg_port(void);

/**
 * pg_sql(fmt, ...):
 * Run SQL as the superuser in the newest database.  Return the first column
 * of the first row ("" if there is none), valid until the next call.
 */
const char *pg_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * pg_kill():
 * SIGKILL the server and each of its processes: a crash.
 */
void pg_kill(void);

/**
 * pg_restart():
 * Start the server again, after pg_kill() or from running.
 */
void pg_restart(void);

/**
 * pg_pause(), pg_resume():
 * SIGSTOP and SIGCONT to all of its processes: it lives and says nothing.
 */
void pg_pause(void);
void pg_resume(void);

#endif /* !TESTS_SQL_PG_H */
