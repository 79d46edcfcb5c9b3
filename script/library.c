/*
 * library.c - looking things up in a snapshot, and letting go of it.
 */
#include <stdlib.h>
#include <string.h>

#include "script/builder.h"
#include "script/library.h"
#include "script/reading_parts.h"
#include "script/wording.h"

/* The longest locale code that is looked for ("zh-Hant-TW" and the like). */
#define LOCALE_MAX 64

int
library_stage(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->stages, code, len);
}

int
library_signal(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->signals, code, len);
}

int
library_protocol(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->protocols, code, len);
}

int
library_category(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->categories, code, len);
}

int
library_channel(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->channels, code, len);
}

int
library_placeholder(const struct library *lib, const char *name, size_t len)
{
	return (int)strtab_find(&lib->priv->placeholders, name, len);
}

int
library_offer(const struct library *lib, const char *code, size_t len)
{
	return (int)strtab_find(&lib->priv->offers, code, len);
}

int64_t
library_phrase(const struct library *lib, const char *id, size_t len)
{
	const struct library_private *priv = lib->priv;
	uint64_t hash = hash_bytes(id, len);

	if (priv->nslots == 0)
		return -1;
	for (size_t i = phrase_slot(hash, priv->nslots); priv->slots[i] != 0;
	     i = i + 1 < priv->nslots ? i + 1 : 0) {
		const struct phrase *p = &lib->phrases[priv->slots[i] - 1];

		if (p->hash == hash && p->id_len == len &&
		    memcmp(p->id, id, len) == 0)
			return priv->slots[i] - 1;
	}
	return -1;
}

/* Language tags are equal whatever their case (RFC 5646, 2.1.1). */
static int
locale_exact(const struct library *lib, const char *code, size_t len)
{
	for (size_t i = 0; i < lib->nlocales; i++)
		if (strlen(lib->locales[i]) == len &&
		    strncasecmp(lib->locales[i], code, len) == 0)
			return (int)i;
	return -1;
}

int
library_locale(const struct library *lib, const char *code, size_t len)
{
	if (len > LOCALE_MAX)
		return -1;
	for (;;) {
		int i = locale_exact(lib, code, len);
		if (i >= 0)
			return i;
		while (len > 0 && code[len - 1] != '-')
			len--;
		if (len == 0)
			return -1;
		len--;
	}
}

struct library *
library_ref(struct library *lib)
{
	if (lib != NULL)
		atomic_fetch_add_explicit(&lib->priv->refs, 1,
					  memory_order_relaxed);
	return lib;
}

void
library_unref(struct library *lib)
{
	if (lib == NULL || atomic_fetch_sub_explicit(&lib->priv->refs, 1,
						     memory_order_acq_rel) != 1)
		return;

	struct library_private *priv = lib->priv;
	strtab_free(&priv->stages);
	strtab_free(&priv->signals);
	strtab_free(&priv->protocols);
	strtab_free(&priv->categories);
	strtab_free(&priv->channels);
	strtab_free(&priv->placeholders);
	strtab_free(&priv->offers);
	strtab_free(&priv->locales);
	if (priv->wording != NULL)
		vocab_free(&priv->wording->vocab);
	reading_free(lib->reading);

	/* The arena lies in a chunk of its own. */
	struct arena arena = priv->arena;
	arena_free(&arena);
}

size_t
library_bytes(const struct library *lib)
{
	const struct library_private *priv = lib->priv;

	return priv->arena.bytes + strtab_bytes(&priv->stages) +
	       strtab_bytes(&priv->signals) + strtab_bytes(&priv->protocols) +
	       strtab_bytes(&priv->categories) + strtab_bytes(&priv->channels) +
	       strtab_bytes(&priv->placeholders) + strtab_bytes(&priv->offers) +
	       strtab_bytes(&priv->locales) +
	       strtab_bytes(&priv->wording->vocab.index) +
	       reading_bytes(lib->reading);
}
