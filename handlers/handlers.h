/*
 * handlers.h - what the route table points at.
 *
 * A handler is four moves: read, check, ask, answer.  It frees nothing that
 * it did not make, and leaves at the first refusal.
 */
#ifndef HANDLERS_HANDLERS_H
#define HANDLERS_HANDLERS_H

#include <stddef.h>

#include "server/router.h"

extern const struct route routes[];
extern const size_t nroutes;

/* next.c: what to say next */
handler_fn next_step, step_get;

/* check.c: what in a draft will make a customer angrier; languagetool.c: the
   same for clients of LanguageTool; hear.c: what a message shows */
handler_fn words_check, words_read, languagetool_check, languagetool_languages;

/* read.c: the library, from memory */
handler_fn categories_list, category_get, protocols_list, protocol_get,
	stages_list, stage_get, signals_list, channels_list, placeholders_list,
	facts_list, principles_list, sources_list;

/* phrases.c: lines, from memory; a search asks the database */
handler_fn phrases_list, phrase_get, names_get;

/* export.c: lines as another system reads them */
handler_fn export_get;

/* releases.c: what was published, and where the library is thin */
handler_fn releases_show, coverage_list;

/* keys.c: API keys */
handler_fn keys_get, key_post, key_delete;

/* turns.c: what changes a conversation */
handler_fn conversation_post, conversation_patch, turn_post, undo_post,
	promise_post, follow_up_post;

/* history.c: conversations read, listed and erased */
handler_fn conversation_get, conversations_get, conversations_export,
	conversation_delete, erasure_post, follow_ups_get;

/* events.c: what happened */
handler_fn events_get;

/* machine.c: for machines */
handler_fn livez, readyz, readyz_write, version_get, metrics_get,
	problem_page_get, problems_list;

/* rasa.c, dialogflow.c: bot platforms */
handler_fn rasa_nlg, dialogflow_cx;

/* Pages for people, and files. */
handler_fn page_get, file_get, document_get, panel_settings_get;

#endif /* !HANDLERS_HANDLERS_H */
