/*
 * auth.h - who asks, and may they?
 *
 * With AUTH=keys a row of the route table that has a role takes a key of that
 * role or a higher one, "Authorization: Bearer ek_...".  With AUTH=open every
 * caller has every role but admin; the Host header keeps other sites' pages out
 * then (exchange.h).
 */
#ifndef SERVER_AUTH_H
#define SERVER_AUTH_H

#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct key_table;
struct rate;
struct site;

/* One for a server.  Start from { 0 }, which is AUTH=open. */
struct auth {
	bool keys;		 /* AUTH=keys */
	struct key_table *table; /* NULL: none was loaded yet; owned */
	uint64_t edition;	 /* another for every table */
	struct rate *rate;	 /* NULL: no limit; owned */
};

/**
 * auth_set(auth, table):
 * Let the keys of ${table} be those that are good; takes it.  Return false if
 * out of memory: they are, but how often each may ask is not counted.
 */
bool auth_set(struct auth *auth, struct key_table *table);

/**
 * auth_free(auth):
 * Free what ${auth} holds and empty it.
 */
void auth_free(struct auth *auth);

/**
 * auth_check(ex, site):
 * May the request of ${ex}, whose route is known, be carried out?  Return 0,
 * with its role and key_id set, or the status of the refusal: 401, 403, 429,
 * or 503 while no keys are loaded.
 */
int auth_check(struct exchange *ex, const struct site *site);

#endif /* !SERVER_AUTH_H */
