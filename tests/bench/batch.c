/*
 * batch.c - durable turns against pgbench doing the same, as ratios.
 *
 *	build/tests/bench/batch [seconds [rounds [slow]]]
 *
 * A cluster of its own, durable as in production.  Ours and pgbench's take
 * turns, each with 64, 8 and 1 clients that go on with conversations picked at
 * random; ours also with 256, pgbench also with others, to find its best.  With
 * "slow" each flush takes 1 ms longer, and only 64 clients are looked at.
 * What is printed last is the median of the ratios of each round, which a busy
 * machine shifts less than any figure.
 * Goals: 3x at 0.3x the p99, and 2x pgbench's best; 1.2x; 0.8x; 1.1x; slow 2x.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sql/migrate.h"
#include "tests/sql/changes.h"
#include "tests/sql/pg.h"

#define CASES 2000
#define MOST 256
#define MOST_ROUNDS 20

struct result {
	double rate, p50, p99; /* a second; milliseconds */
};

static uint8_t cases[CASES][CASE_ID];
static struct batch *batch;
static double *times;
static size_t ntimes, room;
static double until;
static int failures;

struct client {
	struct request r;
	double since;
	bool begun;
};

static double
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
note(double s)
{
	if (ntimes == room) {
		room = room == 0 ? 65536 : 2 * room;
		times = realloc(times, room * sizeof(*times));
		if (times == NULL)
			abort();
	}
	times[ntimes++] = s * 1000;
}

static struct result
sum_up(double seconds)
{
	struct result r = { 0 };

	if (ntimes == 0)
		return r;
	qsort(times, ntimes, sizeof(*times), ascending);
	r.rate = (double)ntimes / seconds;
	r.p50 = times[ntimes / 2];
	r.p99 = times[ntimes * 99 / 100];
	ntimes = 0;
	return r;
}

/* --- ours ------------------------------------------------------------------
 */

static void next(struct request *r);

static void
ask(struct client *c)
{
	request_turn(&c->r, cases[random() % CASES], 0);
	c->r.then = next;
	c->r.stage = "listen";
	c->since = seconds_now();
	request_push(batch, &c->r);
}

static void
next(struct request *r)
{
	struct client *c = (struct client *)r;
	double now = seconds_now();

	failures += r->outcome != BATCH_OK;
	note(now - c->since);
	request_free(r);
	if (now < until)
		ask(c);
}

static struct result
ours(int clients, double seconds)
{
	struct client *c = calloc((size_t)clients, sizeof(*c));
	double since = seconds_now();

	until = since + seconds;
	for (int i = 0; i < clients; i++)
		ask(&c[i]);
	while (!batch_wait(batch, 60000))
		;
	free(c);
	return sum_up(seconds_now() - since);
}

/* --- pgbench's --------------------------------------------------------------
 */

static const char script[] =
	"\\set n random(0, %d)\n"
	"WITH done AS (UPDATE conversation AS c SET version = "
	"version + 1, status = status, category = category, protocol = "
	"protocol, stage = 'listen', stage_kind = stage_kind, stage_ord = "
	"stage_ord, channel = channel, outcome = outcome, root_cause = "
	"root_cause, speaker = speaker, intensity = intensity, "
	"peak_intensity = peak_intensity, release = release, updated_at = "
	"now(), turns = turns + 1, undoes = undoes, warnings = warnings, "
	"reescalations = reescalations, rejections = rejections, silences = "
	"silences, apologized = apologized, flags = flags, back = back, used "
	"= used, offered = offered, visited = visited, categories = "
	"categories FROM bench AS b WHERE b.n = :n AND c.id = b.id AND c.version > 0 RETURNING "
	"c.*), turned AS (INSERT INTO turn SELECT id, turns, updated_at, 1, "
	"'confirms', 'open', stage, true, intensity, release, '', NULL, "
	"'{\"stage\":\"open\"}' FROM done), keyed AS (INSERT INTO idempotency "
	"SELECT sha256(uuid_send(gen_random_uuid())), "
	"sha256(uuid_send(gen_random_uuid())), id, version, release, "
	"updated_at, '{\"format\":1}' FROM done) SELECT id FROM done;\n";

/* Read the times from the logs of pgbench: the third column, in us. */
static void
read_logs(const char *dir)
{
	char command[256], line[256];
	double us;

	(void)snprintf(command, sizeof(command), "cat %s/log.*; rm %s/log.*",
		       dir, dir);
	FILE *f = popen(command, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*d %*d %lf", &us) == 1)
			note(us / 1e6);
	if (f != NULL)
		pclose(f);
}

static struct result
theirs(int clients, int seconds, const char *dir)
{
	char command[1024];

	(void)snprintf(command, sizeof(command),
		       "PGOPTIONS='-c search_path=evenkeel,pg_catalog "
		       "-c plan_cache_mode=force_generic_plan' "
		       "/usr/lib/postgresql/15/bin/pgbench -n -M prepared -c "
		       "%d -j 1 -T %d -f %s/script -l --log-prefix=%s/log "
		       "\"%s\" >%s/out 2>&1",
		       clients, seconds, dir, dir, pg_url(), dir);
	if (system(command) != 0) {
		(void)snprintf(command, sizeof(command), "cat %s/out", dir);
		(void)!system(command);
		exit(1);
	}
	read_logs(dir);
	return sum_up(seconds);
}

/* --- both --------------------------------------------------------------------
 */

/* Begin CASES conversations; their ids, if anybody wants them. */
static void
begin_cases(uint8_t (*ids)[CASE_ID])
{
	static struct request r[CASES];

	for (int i = 0; i < CASES; i++) {
		request_start(&r[i]);
		if (ids != NULL)
			memcpy(ids[i], r[i].change.conversation, CASE_ID);
		request_push(batch, &r[i]);
	}
	while (!batch_wait(batch, 60000))
		;
	for (int i = 0; i < CASES; i++) {
		failures += r[i].outcome != BATCH_OK;
		request_free(&r[i]);
	}
}

/* Each has its own, as a server has: nobody meets what another has changed. */
static void
begin_all(void)
{
	begin_cases(NULL);
	pg_sql("CREATE TABLE evenkeel.bench (n integer PRIMARY KEY, id uuid)");
	pg_sql("INSERT INTO evenkeel.bench SELECT row_number() OVER () - 1, id "
	       "FROM evenkeel.conversation");
	begin_cases(cases);
	pg_sql("VACUUM ANALYZE");
}

static double
median(double *list, int n)
{
	qsort(list, (size_t)n, sizeof(*list), ascending);
	return list[n / 2];
}

/* One number of clients, and what came of each round. */
struct scale {
	int clients;
	double faster[MOST_ROUNDS], p99[MOST_ROUNDS];
	double best; /* pgbench's, so far in this round */
};

/* Ours; if ${dir}, pgbench's, too; and the ratios. */
static struct result
compare(struct scale *row, int round, int seconds, const char *dir)
{
	struct result a = ours(row->clients, seconds);

	printf("%3d clients: ours %7.0f/s, p50 %6.2f p99 %6.2f ms",
	       row->clients, a.rate, a.p50, a.p99);
	if (dir != NULL) {
		struct result b = theirs(row->clients, seconds, dir);

		printf("; pgbench %7.0f/s, p50 %6.2f p99 %6.2f ms", b.rate,
		       b.p50, b.p99);
		row->faster[round] = a.rate / b.rate;
		row->p99[round] = a.p99 / b.p99;
		row->best = b.rate;
	}
	printf("\n");
	fflush(stdout);
	return a;
}

/* How much faster ours is at 64 than pgbench at whatever suits it best. */
static double
against_best(const struct scale *rows, double ours_at_64, int seconds,
	     const char *dir)
{
	static const int others[] = { 16, 32 };
	double best = rows[0].best > rows[1].best ? rows[0].best : rows[1].best;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		double rate = theirs(others[i], seconds, dir).rate;

		printf("%3d clients: pgbench %7.0f/s\n", others[i], rate);
		best = rate > best ? rate : best;
	}
	return ours_at_64 / best;
}

static void
say(const char *what, int clients, double ratio, const char *of)
{
	printf("%s, %3d clients: %.2fx %s\n", what, clients, ratio, of);
}

static void
compare_all(int seconds, int rounds, const char *dir)
{
	static struct scale rows[] = { { .clients = 64 },
				       { .clients = 8 },
				       { .clients = 1 },
				       { .clients = 256 } };
	struct scale *most = &rows[3];
	double best[MOST_ROUNDS];

	for (int i = 0; i < rounds; i++) {
		double at_most = compare(most, i, seconds, NULL).rate;
		double at_64 = compare(&rows[0], i, seconds, dir).rate;

		most->faster[i] = at_most / at_64;
		compare(&rows[1], i, seconds, dir);
		compare(&rows[2], i, seconds, dir);
		best[i] = against_best(rows, at_64, seconds, dir);
	}
	for (int i = 0; i < 3; i++) {
		say("turns", rows[i].clients, median(rows[i].faster, rounds),
		    "pgbench's throughput");
		say("turns", rows[i].clients, median(rows[i].p99, rounds),
		    "pgbench's p99");
	}
	say("turns", 64, median(best, rounds), "pgbench's best");
	say("turns", most->clients, median(most->faster, rounds), "our own 64");
}

static void
compare_slow(int seconds, int rounds, const char *dir)
{
	static struct scale row = { .clients = 64 };

	for (int i = 0; i < rounds; i++)
		compare(&row, i, seconds, dir);
	say("slow turns", row.clients, median(row.faster, rounds),
	    "pgbench's throughput");
}

/* PostgreSQL alone has the slow disk. */
static void
start(bool slow)
{
	const char *build = getenv("BUILD");
	char path[512], *full;

	(void)snprintf(path, sizeof(path), "%s/tests/bench/slow_flush.so",
		       build != NULL ? build : "build");
	full = slow ? realpath(path, NULL) : NULL;
	if (slow && (full == NULL || setenv("LD_PRELOAD", full, 1) != 0)) {
		fprintf(stderr, "no %s\n", path);
		exit(1);
	}
	pg_start(PG_DURABLE);
	(void)unsetenv("LD_PRELOAD");
	free(full);
}

static void
be_silent(void *arg, int version, const char *name, int ms)
{
	(void)arg, (void)version, (void)name, (void)ms;
}

int
main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 3;
	int rounds = argc > 2 ? atoi(argv[2]) : 3;
	bool slow = argc > 3 && strcmp(argv[3], "slow") == 0;
	char dir[] = "/tmp/bench-XXXXXX", path[64], command[64];
	struct db_error err;

	if (rounds < 1 || rounds > MOST_ROUNDS || mkdtemp(dir) == NULL)
		return 1;
	start(slow);
	pg_database();
	struct db *db = db_open(pg_url(), DB_OWNER, &err);
	if (migrate_run(db, be_silent, NULL, &err) != MIGRATE_CURRENT)
		return 1;
	db_close(db);
	batch = batch_open(pg_url(), &err);
	begin_all();
	(void)snprintf(path, sizeof(path), "%s/script", dir);
	FILE *f = fopen(path, "w");
	if (f == NULL || fprintf(f, script, CASES - 1) < 0 || fclose(f) != 0)
		return 1;
	(slow ? compare_slow : compare_all)(seconds, rounds, dir);
	if (failures > 0)
		printf("%d failures\n", failures);
	batch_close(batch);
	pg_stop();
	free(times);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 || failures > 0;
}
