/*
 * render.h - a step as text, put together from the library's fragments.
 */
#ifndef SCRIPT_RENDER_H
#define SCRIPT_RENDER_H

#include "script/buf.h"
#include "script/step.h"

/**
 * render_json(out, step):
 * Append the answer of /v1/next as one JSON object and a newline.
 */
void render_json(struct buf *out, const struct step *step);

/**
 * render_flat(out, step):
 * Append it as one flat object of strings, numbers and booleans, for flow
 * builders and phone systems that cannot reach into lists.
 */
void render_flat(struct buf *out, const struct step *step);

/**
 * render_text(out, step):
 * Append the first line and a newline; nothing when there is nothing to say.
 */
void render_text(struct buf *out, const struct step *step);

/**
 * render_terminal(out, step, colour):
 * Append it for a person at a terminal, with ${colour} when it has one.
 */
void render_terminal(struct buf *out, const struct step *step, bool colour);

/**
 * render_next(out, lib, next):
 * Append where each signal leads, ${next} by signal, as a JSON array.
 */
void render_next(struct buf *out, const struct library *lib,
		 const uint8_t *next);

/**
 * render_state(out, lib, s):
 * Append the state to give back, as a JSON object.
 */
void render_state(struct buf *out, const struct library *lib,
		  const struct state *s);

/**
 * render_phrase(out, lib, p):
 * Append ${p} as the library lists it: template, range, offers and all.
 */
void render_phrase(struct buf *out, const struct library *lib,
		   const struct phrase *p);

#endif /* !SCRIPT_RENDER_H */
