/* Gearman packets beside those of the dialect. */
#ifndef LOAD_GEARMAN_H
#define LOAD_GEARMAN_H

#include "buffer.h"

/* A part of a job's result, or with `is_last` its end. */
void gearman_result(buffer *out, span handle, const uint8_t *data, size_t size, int is_last);

#endif
