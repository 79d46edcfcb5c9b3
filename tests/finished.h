/*
 * finished.h - is this a line that one may say to a customer as it stands?
 */
#ifndef TESTS_FINISHED_H
#define TESTS_FINISHED_H

/**
 * finished_fault(text):
 * Return what is wrong with ${text} (a constant), or NULL if it is finished:
 * no brace, no null or None, no doubled space, none before a mark, no orphan
 * comma, no dash as a pause, a capital at each sentence start, a mark at the
 * end.
 */
const char *finished_fault(const char *text);

#endif /* !TESTS_FINISHED_H */
