/*
 * turns_crew.c - eight writers that go on while things break.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/fault/turns.h"
#include "tests/fault/turns_crew.h"

#define NL "\r\n"
#define ANSWER_MS 10000 /* after this there will be none */

static void
rest_ms(long ms)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* --- a writer ------------------------------------------------------------- */

enum kind {
	OWN, /* a turn */
	UNDO,
	PROMISE, /* a turn with one */
	SHARED,
	START,
	N_KINDS
};

static const enum turns_what whats[N_KINDS] = {
	[OWN] = TURNS_TURN,    [UNDO] = TURNS_UNDO,   [PROMISE] = TURNS_TURN,
	[SHARED] = TURNS_TURN, [START] = TURNS_START,
};

/* What came of one request, under the crew's mutex. */
enum judged {
	DONE,
	AGAIN,
	WRONG,
};

static enum judged __attribute__((format(printf, 2, 3)))
wrong(struct writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(w->wrong, sizeof(w->wrong), fmt, ap);
	va_end(ap);
	return WRONG;
}

static enum judged
judge_done(struct writer *w, enum kind kind, const struct said *said)
{
	bool *seen = &w->crew->seen[said->version % TURNS_SHARED];

	if (kind < SHARED && said->version != ++w->version)
		return wrong(w, "version %d, not %d", said->version,
			     w->version);
	if (kind == SHARED && *seen)
		return wrong(w, "version %d twice", said->version);
	if (kind == SHARED)
		*seen = true;
	if (kind == START) {
		w->version = 1;
		w->starts++;
		memcpy(w->id, said->id, sizeof(w->id));
	}
	w->acked++;
	w->promises += kind == PROMISE;
	w->replayed += said->replayed;
	return DONE;
}

static enum judged
judge(struct writer *w, enum kind kind, const struct said *said, bool first)
{
	if (said->status == (kind == START ? 201 : 200))
		return judge_done(w, kind, said);
	if (said->status == 503 && said->retry_after > 0) {
		w->refused++;
		w->unknown += strstr(said->body, "outcome-unknown") != NULL;
		return AGAIN;
	}
	/* The server may not have noticed yet that we left. */
	if (said->status == 409 && said->retry_after > 0 && !first &&
	    strstr(said->body, "idempotency-key-running") != NULL)
		return AGAIN;
	return wrong(w, "kind %d, version %d, first %d: %d %.300s", (int)kind,
		     w->version, first, said->status, said->body);
}

/* Where the server is; waits until there is one. */
static int
port_of(struct crew *crew)
{
	pthread_mutex_lock(&crew->mutex);
	while (crew->port == 0)
		pthread_cond_wait(&crew->changed, &crew->mutex);
	int port = crew->port;

	pthread_mutex_unlock(&crew->mutex);
	return port;
}

/* Ask until there is an answer that settles it. */
static enum judged
settle(struct writer *w, struct wire *wire, enum kind kind, const char *text)
{
	struct crew *crew = w->crew;
	enum judged judged = AGAIN;

	for (int n = 0; judged == AGAIN; n++) {
		int port = port_of(crew);
		struct said said;

		if (n > 0)
			rest_ms(5);
		long start = turns_now_ms();
		bool ok = wire_send(wire, port, text) &&
			  wire_read(wire, &said, ANSWER_MS);
		long took = turns_now_ms() - start;

		pthread_mutex_lock(&crew->mutex);
		if (ok) {
			w->worst = took > w->worst ? took : w->worst;
			judged = judge(w, kind, &said, n == 0);
		} else {
			w->broken++;
			if (took >= ANSWER_MS)
				judged = wrong(w, "no answer");
		}
		pthread_cond_broadcast(&crew->changed);
		pthread_mutex_unlock(&crew->mutex);
	}
	return judged;
}

static bool
is_over(struct crew *crew)
{
	pthread_mutex_lock(&crew->mutex);
	bool over = crew->stop;

	pthread_mutex_unlock(&crew->mutex);
	return over;
}

/* What the ${n}-th of a writer is. */
static enum kind
kind_of(int n)
{
	if (n % 64 == 0)
		return START;
	if (n % 4 == 3)
		return SHARED;
	if (n % 16 == 5)
		return UNDO;
	return n % 16 == 9 ? PROMISE : OWN;
}

static const char *
body_of(enum kind kind, int n)
{
	/* All of these may be said at any time, and for ever. */
	static const char *const turns[] = {
		"{\"signal\":\"told\"}",
		"{\"signal\":\"angrier\"}",
		"{\"signal\":\"due\"}",
		"{\"signal\":\"deadline_missed\"}",
		"{\"signal\":\"new_issue\"}",
	};
	static const char *const others[N_KINDS] = {
		[UNDO] = "{}",
		[PROMISE] = "{\"signal\":\"told\",\"promise\":{\"who\":\"we\","
			    "\"what\":\"call\","
			    "\"due\":\"2099-12-31T12:00:00Z\"}}",
		[START] = "{\"category\":\"delivery.late\"}",
	};

	return others[kind] != NULL ? others[kind] : turns[n % 5];
}

static void *
write_on(void *arg)
{
	struct writer *w = arg;
	struct wire *wire = wire_new();
	char text[TURNS_REQUEST], key[48];
	enum judged judged = wire != NULL ? DONE : WRONG;

	for (int n = 1; judged == DONE && !is_over(w->crew); n++) {
		enum kind kind = kind_of(n);

		(void)snprintf(key, sizeof(key), "writer-%d-%d", w->n, n);
		turns_request(text, whats[kind],
			      kind == SHARED ? w->crew->shared : w->id, key,
			      kind < SHARED ? w->version : 0, body_of(kind, n));
		judged = settle(w, wire, kind, text);
	}
	wire_free(wire);
	return NULL;
}

/* --- the crew ------------------------------------------------------------- */

static bool
begin(int port, const char *key, char *id)
{
	struct wire *wire = wire_new();
	char text[TURNS_REQUEST];
	struct said said = { 0 };

	turns_request(text, TURNS_START, NULL, key, 0, body_of(START, 0));
	if (wire != NULL && wire_send(wire, port, text))
		(void)wire_read(wire, &said, ANSWER_MS);
	wire_free(wire);
	memcpy(id, said.id, sizeof(said.id));
	return said.status == 201;
}

const char *
crew_start(struct crew *crew, int port)
{
	pthread_condattr_t attr;
	char key[32];

	memset(crew, 0, sizeof(*crew));
	pthread_mutex_init(&crew->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&crew->changed, &attr);
	pthread_condattr_destroy(&attr);
	crew->port = port;
	if (!begin(port, "shared", crew->shared))
		return "no conversation for all";
	for (int i = 0; i < TURNS_WRITERS; i++) {
		struct writer *w = &crew->writers[i];

		*w = (struct writer){ .crew = crew, .n = i, .version = 1 };
		(void)snprintf(key, sizeof(key), "own-%d", i);
		if (!begin(port, key, w->id))
			return "no conversation for one";
		if (pthread_create(&w->thread, NULL, write_on, w) != 0)
			return "no thread";
	}
	return NULL;
}

void
crew_stop(struct crew *crew)
{
	pthread_mutex_lock(&crew->mutex);
	crew->stop = true;
	pthread_mutex_unlock(&crew->mutex);
	for (int i = 0; i < TURNS_WRITERS; i++)
		(void)pthread_join(crew->writers[i].thread, NULL);
	pthread_cond_destroy(&crew->changed);
	/* The mutex stays: the sum is taken behind the end, too. */
}

void
crew_port(struct crew *crew, int port)
{
	pthread_mutex_lock(&crew->mutex);
	crew->port = port;
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->mutex);
}

static long
count(const struct writer *w, enum crew_event event)
{
	return event == CREW_REFUSED ? w->refused : w->acked;
}

/* Has ${event} come ${n} times since it had come ${before} times? */
static bool
has_come(const struct crew *crew, enum crew_event event, long n,
	 const long *before)
{
	long total = 0, least = n;

	for (int i = 0; i < TURNS_WRITERS; i++) {
		long more = count(&crew->writers[i], event) - before[i];

		total += more;
		least = more < least ? more : least;
	}
	return event == CREW_ACKED ? total >= n : least >= n;
}

static bool
is_wrong(const struct crew *crew)
{
	for (int i = 0; i < TURNS_WRITERS; i++)
		if (crew->writers[i].wrong[0] != '\0')
			return true;
	return false;
}

long
crew_wait(struct crew *crew, enum crew_event event, long n, int ms)
{
	long before[TURNS_WRITERS], start = turns_now_ms(), end = start + ms;
	struct timespec until = { .tv_sec = end / 1000,
				  .tv_nsec = end % 1000 * 1000000 };
	bool come;
	int rc = 0;

	pthread_mutex_lock(&crew->mutex);
	for (int i = 0; i < TURNS_WRITERS; i++)
		before[i] = count(&crew->writers[i], event);
	while (!(come = has_come(crew, event, n, before)) && rc == 0 &&
	       !is_wrong(crew))
		rc = pthread_cond_timedwait(&crew->changed, &crew->mutex,
					    &until);
	pthread_mutex_unlock(&crew->mutex);
	return come ? turns_now_ms() - start : -1;
}

struct writer
crew_sum(struct crew *crew)
{
	struct writer sum = { 0 };

	pthread_mutex_lock(&crew->mutex);
	for (int i = 0; i < TURNS_WRITERS; i++) {
		const struct writer *w = &crew->writers[i];

		sum.acked += w->acked;
		sum.refused += w->refused;
		sum.starts += w->starts;
		sum.promises += w->promises;
		sum.unknown += w->unknown;
		sum.broken += w->broken;
		sum.replayed += w->replayed;
		sum.worst = w->worst > sum.worst ? w->worst : sum.worst;
		if (sum.wrong[0] == '\0')
			memcpy(sum.wrong, w->wrong, sizeof(sum.wrong));
	}
	pthread_mutex_unlock(&crew->mutex);
	return sum;
}

/* --- look-ups meanwhile --------------------------------------------------- */

static void *
look_up(void *arg)
{
	static const char request[] =
		"GET /v1/next?category=delivery.late"
		"&stage=restate HTTP/1.1" NL "Host: localhost" NL NL;
	struct looker *l = arg;
	struct wire *wire = wire_new();

	for (; wire != NULL && !atomic_load(&l->stop); l->asked++) {
		struct said said = { 0 };

		if (!wire_send(wire, l->port, request) ||
		    !wire_read(wire, &said, 1000) || said.status != 200)
			l->failed++;
		rest_ms(1);
	}
	wire_free(wire);
	return NULL;
}

bool
looker_start(struct looker *l, int port)
{
	*l = (struct looker){ .port = port };
	return pthread_create(&l->thread, NULL, look_up, l) == 0;
}

void
looker_stop(struct looker *l)
{
	atomic_store(&l->stop, true);
	(void)pthread_join(l->thread, NULL);
}
