#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void fail(int code, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    dprintf(STDERR_FILENO, "load: %s\n", line);
    _exit(code);
}

void fail_system(const char *what)
{
    fail(EXIT_SYSTEM, "%s: %s", what, strerror(errno));
}
