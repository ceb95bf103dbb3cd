#include "line.h"

#include <stdarg.h>
#include <stdio.h>

static void skip(span *s, size_t size)
{
    s->at += size;
    s->length -= size;
}

void line_put(buffer *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf((char *)buffer_room(out, 128), 128, format, arguments);
    va_end(arguments);
    buffer_added(out, (size_t)length);
}

bool line_cut(span *rest, span *line)
{
    const uint8_t *end = rest->length ? memchr(rest->at, '\r', rest->length) : NULL;
    if (end == NULL || (size_t)(end - rest->at) + 2 > rest->length)
        return false;
    *line = (span){rest->at, (size_t)(end - rest->at)};
    skip(rest, line->length + 2);
    return true;
}

bool line_cut_data(span *rest, uint64_t size, span *data)
{
    if (rest->length < size + 2)
        return false;
    *data = (span){rest->at, size};
    skip(rest, size + 2);
    return true;
}

bool line_begins(span *line, const char *word)
{
    const size_t length = strlen(word);
    if (line->length < length || memcmp(line->at, word, length) != 0)
        return false;
    skip(line, length);
    return true;
}

bool line_number(span *line, uint64_t *number)
{
    const size_t before = line->length;
    for (*number = 0; line->length && *line->at >= '0' && *line->at <= '9'; skip(line, 1))
        *number = 10 * *number + (uint64_t)(*line->at - '0');
    const bool found = line->length < before;
    if (line->length && *line->at == ' ')
        skip(line, 1);
    return found;
}
