/*
 * matcher_build.c - patterns to an automaton.
 */
#include <stdlib.h>
#include <string.h>

#include "script/arena.h"
#include "script/matcher.h"

/* An out before it has its place: those of one node are a list. */
struct linked {
	struct matcher_out out;
	uint32_t next; /* + 1 */
};

/* A node and an edge, while they come in any order. */
struct node {
	uint32_t fail, next;   /* as in struct matcher_node */
	uint32_t first, nouts; /* its list of outs, + 1 */
};

struct edge {
	uint32_t node, word;
	uint32_t to;
};

/* The ways to say a run. */
struct way {
	uint32_t n;
	uint32_t words[MATCHER_RUN];
};

struct ways {
	size_t n;
	struct way way[MATCHER_WAYS];
};

struct matcher_build {
	struct vocab *vocab;
	struct arena *arena;
	struct node *nodes;
	struct edge *edges; /* in the order in which they came */
	struct linked *outs;
	uint32_t *slots; /* a hash table of edges, + 1 */
	size_t nnodes, nodes_size, nedges, edges_size, nouts, outs_size, nslots;
	uint32_t ngaps;
	struct ways ways, before; /* of the run that is read */
};

/* Room for one more of ${size} bytes behind ${n}; false if there is none. */
static bool
grow(void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 64 : *room * 2;
	void *old, *bigger;

	if (n < *room)
		return true;
	memcpy(&old, array, sizeof(old));
	bigger = realloc(old, more * size);
	if (bigger == NULL)
		return false;
	memcpy(array, &bigger, sizeof(bigger));
	*room = more;
	return true;
}

static uint32_t
new_node(struct matcher_build *b)
{
	if (!grow(&b->nodes, b->nnodes, &b->nodes_size, sizeof(*b->nodes)))
		return MATCHER_NONE;
	b->nodes[b->nnodes] = (struct node){ 0 };
	return (uint32_t)b->nnodes++;
}

struct matcher_build *
matcher_build_new(struct vocab *vocab, struct arena *a)
{
	struct matcher_build *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->vocab = vocab;
	b->arena = a;
	if (new_node(b) == MATCHER_NONE) {
		free(b);
		return NULL;
	}
	return b;
}

static uint32_t
edge_hash(uint32_t node, uint32_t word)
{
	uint64_t key = (uint64_t)node << 32 | word;

	return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32);
}

/* Where the edge of ${node} and ${word} is, or would be. */
static uint32_t *
edge_slot(const struct matcher_build *b, uint32_t node, uint32_t word)
{
	size_t i = edge_hash(node, word) & (b->nslots - 1);

	while (b->slots[i] != 0) {
		const struct edge *e = &b->edges[b->slots[i] - 1];

		if (e->node == node && e->word == word)
			break;
		i = (i + 1) & (b->nslots - 1);
	}
	return &b->slots[i];
}

static bool
more_slots(struct matcher_build *b)
{
	size_t n = b->nslots == 0 ? 256 : b->nslots * 2;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (slots == NULL)
		return false;
	free(b->slots);
	b->slots = slots;
	b->nslots = n;
	for (size_t i = 0; i < b->nedges; i++)
		*edge_slot(b, b->edges[i].node, b->edges[i].word) =
			(uint32_t)i + 1;
	return true;
}

static uint32_t
child(const struct matcher_build *b, uint32_t node, uint32_t word)
{
	uint32_t edge = b->nslots == 0 ? 0 : *edge_slot(b, node, word);

	return edge == 0 ? 0 : b->edges[edge - 1].to;
}

/* The node behind ${node} on ${word}, made if need be. */
static uint32_t
extend(struct matcher_build *b, uint32_t node, uint32_t word)
{
	uint32_t to = child(b, node, word);

	if (to != 0)
		return to;
	if (b->nedges * 2 >= b->nslots && !more_slots(b))
		return MATCHER_NONE;
	if (!grow(&b->edges, b->nedges, &b->edges_size, sizeof(*b->edges)))
		return MATCHER_NONE;
	to = new_node(b);
	if (to == MATCHER_NONE)
		return to;
	b->edges[b->nedges] = (struct edge){ node, word, to };
	*edge_slot(b, node, word) = (uint32_t)++b->nedges;
	return to;
}

/* Add the run ${way} to the trie, with ${out} at its end. */
static bool
add_way(struct matcher_build *b, const struct way *way, struct matcher_out out)
{
	uint32_t node = 0;

	for (uint32_t i = 0; i < way->n; i++) {
		node = extend(b, node, way->words[i]);
		if (node == MATCHER_NONE)
			return false;
	}
	out.len = way->n;
	for (uint32_t i = b->nodes[node].first; i != 0;
	     i = b->outs[i - 1].next) {
		const struct matcher_out *old = &b->outs[i - 1].out;

		if (old->from == out.from && old->to == out.to &&
		    old->number == out.number)
			return true;
	}
	if (!grow(&b->outs, b->nouts, &b->outs_size, sizeof(*b->outs)))
		return false;
	b->outs[b->nouts].out = out;
	b->outs[b->nouts].next = b->nodes[node].first;
	b->nodes[node].first = (uint32_t)++b->nouts;
	b->nodes[node].nouts++;
	return true;
}

/* --- reading a pattern -------------------------------------------------- */

/* Put the tokens of ${text} behind ${way}. */
static enum matcher_verdict
append(struct matcher_build *b, struct way *way, const char *text, size_t len)
{
	struct tokens t;
	struct token token;

	tokens_begin(&t, text, len, NULL);
	while (tokens_next(&t, &token)) {
		uint32_t word;

		if (t.nfold == 0)
			return MATCHER_EMPTY;
		if (way->n == MATCHER_RUN)
			return MATCHER_TOO_LONG;
		word = vocab_add(b->vocab, b->arena, t.fold, t.nfold);
		if (word == 0)
			return MATCHER_MEMORY;
		way->words[way->n++] = word;
	}
	return MATCHER_OK;
}

/* The ways of b->before, each with ${more} behind it, are ways of b->ways. */
static enum matcher_verdict
cross(struct matcher_build *b, const struct way *more)
{
	const struct ways *old = &b->before;

	for (size_t i = 0; i < old->n; i++) {
		struct way *way = &b->ways.way[b->ways.n];

		if (b->ways.n == MATCHER_WAYS)
			return MATCHER_TOO_MANY;
		*way = old->way[i];
		if (way->n + more->n > MATCHER_RUN)
			return MATCHER_TOO_LONG;
		memcpy(&way->words[way->n], more->words,
		       more->n * sizeof(*more->words));
		way->n += more->n;
		b->ways.n++;
	}
	return MATCHER_OK;
}

/* The ways of b->ways, each with each choice of the ${len} bytes at ${item}. */
static enum matcher_verdict
choose(struct matcher_build *b, const char *item, size_t len)
{
	const char *end = item + len, *bar;

	memcpy(b->before.way, b->ways.way, b->ways.n * sizeof(*b->ways.way));
	b->before.n = b->ways.n;
	b->ways.n = 0;
	for (;; item = bar + 1) {
		struct way more = { 0 };
		enum matcher_verdict v;

		bar = memchr(item, '|', (size_t)(end - item));
		if (bar == NULL)
			bar = end;
		v = append(b, &more, item, (size_t)(bar - item));
		if (v == MATCHER_OK)
			v = cross(b, &more);
		if (v != MATCHER_OK || bar == end)
			return v;
	}
}

/* What a pattern is made of, while it is read. */
struct reading {
	struct matcher_build *b;
	uint32_t number, from;
	size_t reach;
};

/* The run is read up to a gap or the end: add its ways. */
static enum matcher_verdict
run_ends(struct reading *r, bool last)
{
	const struct ways *ways = &r->b->ways;
	struct matcher_out out = { .from = r->from,
				   .to = MATCHER_NONE,
				   .number = r->number };
	size_t longest = 0;

	for (size_t i = 0; i < ways->n; i++) {
		if (ways->way[i].n == 0)
			return MATCHER_EMPTY;
		if (ways->way[i].n > longest)
			longest = ways->way[i].n;
	}
	r->reach += longest + (last ? 0 : MATCHER_GAP);
	if (r->reach > MATCHER_REACH)
		return MATCHER_TOO_LONG;
	if (!last) {
		if (r->b->ngaps == MATCHER_GAPS)
			return MATCHER_FULL;
		out.to = r->from = r->b->ngaps++;
	}
	for (size_t i = 0; i < ways->n; i++)
		if (!add_way(r->b, &ways->way[i], out))
			return MATCHER_MEMORY;
	return MATCHER_OK;
}

/* One way so far: nothing. */
static void
no_ways(struct matcher_build *b)
{
	b->ways.n = 1;
	b->ways.way[0].n = 0;
}

enum matcher_verdict
matcher_add(struct matcher_build *b, const char *pattern, size_t len,
	    uint32_t number)
{
	const char *end = pattern + len, *item;
	struct reading r = { b, number, MATCHER_NONE, 0 };
	enum matcher_verdict v;

	no_ways(b);

	for (;;) {
		while (pattern < end && *pattern == ' ')
			pattern++;
		if (pattern == end)
			return run_ends(&r, true);
		for (item = pattern; pattern < end && *pattern != ' ';)
			pattern++;
		if (pattern - item == 3 && memcmp(item, "...", 3) == 0) {
			v = run_ends(&r, false);
			no_ways(b);
		} else {
			v = choose(b, item, (size_t)(pattern - item));
		}
		if (v != MATCHER_OK)
			return v;
	}
}

/* --- the automaton ------------------------------------------------------ */

/* Nodes are numbered so that a parent comes before its children, but a link
 * leads to a node less deep: go by depth. */
static bool
link_nodes(struct matcher_build *b)
{
	uint32_t *order = calloc(b->nnodes, sizeof(*order));
	uint32_t *parents = calloc(b->nnodes, sizeof(*parents));
	uint32_t *depths = calloc(b->nnodes, sizeof(*depths));
	uint32_t at[MATCHER_RUN + 2] = { 0 };
	bool good = order != NULL && parents != NULL && depths != NULL;

	for (size_t i = 0; good && i < b->nedges; i++) {
		const struct edge *e = &b->edges[i];

		parents[e->to] = (uint32_t)i;
		depths[e->to] = depths[e->node] + 1;
		at[depths[e->to] + 1]++;
	}
	for (size_t d = 1; d <= MATCHER_RUN + 1; d++)
		at[d] += at[d - 1];
	for (uint32_t n = 1; good && n < b->nnodes; n++)
		order[at[depths[n]]++] = n;
	for (size_t i = 0; good && i + 1 < b->nnodes; i++) {
		struct node *n = &b->nodes[order[i]];
		const struct edge *e = &b->edges[parents[order[i]]];
		uint32_t up = e->node, to = 0;

		while (up != 0 && to == 0) {
			up = b->nodes[up].fail;
			to = child(b, up, e->word);
		}
		n->fail = to;
		n->next = b->nodes[to].nouts > 0 ? to : b->nodes[to].next;
	}
	free(order);
	free(parents);
	free(depths);
	return good;
}

/* What lay_out() needs for a while. */
struct layout {
	uint32_t *order;    /* the node that comes there */
	uint32_t *rank;	    /* where a node comes */
	uint32_t *kids;	    /* where its edges begin; one more at the end */
	struct edge *edges; /* by node, then by word */
};

static int
by_word(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->word > y->word) - (x->word < y->word);
}

/* Count, then place: most nodes have one edge, and are in order then. */
static void
sort_edges(const struct matcher_build *b, struct layout *l)
{
	for (size_t i = 0; i < b->nedges; i++)
		l->kids[b->edges[i].node + 1]++;
	for (size_t i = 0; i < b->nnodes; i++)
		l->kids[i + 1] += l->kids[i];
	memcpy(l->rank, l->kids, b->nnodes * sizeof(*l->rank));
	for (size_t i = 0; i < b->nedges; i++)
		l->edges[l->rank[b->edges[i].node]++] = b->edges[i];
	/* Those of the root are found by their word. */
	for (size_t i = 1; i < b->nnodes; i++)
		if (l->kids[i + 1] - l->kids[i] > 1)
			qsort(&l->edges[l->kids[i]],
			      l->kids[i + 1] - l->kids[i], sizeof(*l->edges),
			      by_word);
}

static void
fill_in(const struct matcher_build *b, struct matcher *m, struct layout *l)
{
	uint32_t n = 1, out = 0;

	/* Level by level: the children of each behind those of the one before.
	 */
	l->order[0] = l->rank[0] = 0;
	for (size_t i = 0; i < b->nnodes; i++) {
		uint32_t node = l->order[i];

		m->nodes[i].child = n;
		for (uint32_t k = l->kids[node]; k < l->kids[node + 1]; k++) {
			m->nodes[n].word = l->edges[k].word;
			l->rank[l->edges[k].to] = n;
			l->order[n++] = l->edges[k].to;
		}
	}
	for (uint32_t i = 1; i < m->nodes[1].child; i++)
		m->root[m->nodes[i].word] = i;
	for (size_t i = 0; i < b->nnodes; i++) {
		const struct node *from = &b->nodes[l->order[i]];

		m->nodes[i].fail = l->rank[from->fail];
		m->nodes[i].next = l->rank[from->next];
		m->nodes[i].out = out;
		for (uint32_t k = from->first; k != 0; k = b->outs[k - 1].next)
			m->outs[out++] = b->outs[k - 1].out;
	}
	m->nodes[b->nnodes].child = n;
	m->nodes[b->nnodes].out = out;
}

static bool
lay_out(struct matcher_build *b, struct matcher *m)
{
	struct layout l = {
		.order = calloc(b->nnodes, sizeof(*l.order)),
		.rank = calloc(b->nnodes, sizeof(*l.rank)),
		.kids = calloc(b->nnodes + 1, sizeof(*l.kids)),
		.edges = calloc(b->nedges + 1, sizeof(*l.edges)),
	};
	bool good;

	m->nodes = arena_zeroed(b->arena, b->nnodes + 1, sizeof(*m->nodes));
	m->outs = arena_zeroed(b->arena, b->nouts + 1, sizeof(*m->outs));
	m->root = arena_zeroed(b->arena, b->vocab->n + 1, sizeof(*m->root));
	good = l.order != NULL && l.rank != NULL && l.kids != NULL &&
	       l.edges != NULL && m->nodes != NULL && m->outs != NULL &&
	       m->root != NULL;
	if (good) {
		m->vocab = b->vocab;
		m->nroot = b->vocab->n + 1;
		m->ngaps = b->ngaps;
		sort_edges(b, &l);
		fill_in(b, m, &l);
	}
	free(l.order);
	free(l.rank);
	free(l.kids);
	free(l.edges);
	return good;
}

bool
matcher_finish(struct matcher_build *b, struct matcher *m)
{
	bool good;

	*m = (struct matcher){ 0 };
	if (b == NULL)
		return false;
	good = link_nodes(b) && lay_out(b, m);
	if (!good)
		*m = (struct matcher){ 0 };
	free(b->nodes);
	free(b->edges);
	free(b->outs);
	free(b->slots);
	free(b);
	return good;
}
