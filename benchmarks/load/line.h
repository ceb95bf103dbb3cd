/* Protocols of lines that end with CR LF. */
#ifndef LOAD_LINE_H
#define LOAD_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

void line_put(buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Splits the first line off `rest`, without its end; false when there is no whole line. */
bool line_cut(span *rest, span *line);

/* Splits data of `size` bytes and the CR LF behind it off `rest`; false when it is not all there. */
bool line_cut_data(span *rest, uint64_t size, span *data);

/* Whether the line begins with `word`; if so, the word is taken off. */
bool line_begins(span *line, const char *word);

/* The decimal number at the front of the line, which is taken off together with a blank behind it. */
bool line_number(span *line, uint64_t *number);

#endif
