/*
 * pointer.h - JSON pointers (RFC 6901).
 */
#ifndef SERVER_POINTER_H
#define SERVER_POINTER_H

#include <stddef.h>

/**
 * pointer_step(buf, size, len, name, name_len):
 * ${buf} holds a pointer of ${len} bytes and a NUL: append the step down to the
 * ${name_len} bytes at ${name}.  Return the new length; ${len}, and nothing is
 * changed, if the step might not fit into ${size} bytes.
 */
size_t pointer_step(char *buf, size_t size, size_t len, const char *name,
		    size_t name_len);

#endif /* !SERVER_POINTER_H */
