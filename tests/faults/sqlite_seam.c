/* Between the native modules and SQLite: its functions are looked up by name, so whoever looks gets these. A
 * call fails as the library's own may: before it has done anything, or after it has done all of it. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "seam.h"

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

void *__real_dlsym(void *, const char *);

static struct {
    int (*open_v2)(const char *, sqlite3 **, int, const char *);
    int (*busy_timeout)(sqlite3 *, int);
    const char *(*errmsg)(sqlite3 *);
    int (*prepare_v3)(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
    int (*step)(sqlite3_stmt *);
    int (*bind_blob64)(sqlite3_stmt *, int, const void *, uint64_t, void (*)(void *));
    int (*bind_text64)(sqlite3_stmt *, int, const char *, uint64_t, void (*)(void *), unsigned char);
    int (*bind_int64)(sqlite3_stmt *, int, int64_t);
    int (*bind_null)(sqlite3_stmt *, int);
    const void *(*column_blob)(sqlite3_stmt *, int);
} real;

/* errmsg tells of the last call. */
static _Thread_local bool has_struck;

static bool strikes(void)
{
    has_struck = fault_strikes(FAULT_SQLITE);
    return has_struck;
}

/* A negative `how` is an error that comes when all is done. */
static bool fails_first(void)
{
    return strikes() && fault_how(FAULT_SQLITE) > 0;
}

static int outcome(int result)
{
    if (!has_struck)
        return result;
    const int how = fault_how(FAULT_SQLITE);
    return how > 0 ? how : -how;
}

static int open_v2(const char *path, sqlite3 **database, int flags, const char *vfs)
{
    *database = NULL;
    return outcome(fails_first() ? 0 : real.open_v2(path, database, flags, vfs));
}

static int busy_timeout(sqlite3 *database, int milliseconds)
{
    return outcome(fails_first() ? 0 : real.busy_timeout(database, milliseconds));
}

static const char *errmsg(sqlite3 *database)
{
    return has_struck ? "on purpose" : real.errmsg(database);
}

/* One that fails has made nothing. */
static int prepare_v3(sqlite3 *database, const char *sql, int size, unsigned flags, sqlite3_stmt **made,
                      const char **tail)
{
    *made = NULL;
    return outcome(strikes() ? 0 : real.prepare_v3(database, sql, size, flags, made, tail));
}

static int step(sqlite3_stmt *statement)
{
    return outcome(fails_first() ? 0 : real.step(statement));
}

static int bind_blob64(sqlite3_stmt *statement, int nth, const void *data, uint64_t size, void (*end)(void *))
{
    return outcome(fails_first() ? 0 : real.bind_blob64(statement, nth, data, size, end));
}

static int bind_text64(sqlite3_stmt *statement, int nth, const char *text, uint64_t size, void (*end)(void *),
                       unsigned char encoding)
{
    return outcome(fails_first() ? 0 : real.bind_text64(statement, nth, text, size, end, encoding));
}

static int bind_int64(sqlite3_stmt *statement, int nth, int64_t value)
{
    return outcome(fails_first() ? 0 : real.bind_int64(statement, nth, value));
}

static int bind_null(sqlite3_stmt *statement, int nth)
{
    return outcome(fails_first() ? 0 : real.bind_null(statement, nth));
}

/* No memory for the value; one of no bytes needs none. */
static const void *column_blob(sqlite3_stmt *statement, int nth)
{
    const void *value = real.column_blob(statement, nth);
    return value != NULL && strikes() ? NULL : value;
}

static const struct {
    const char *name;
    void *ours;
    void **theirs;
} seam[] = {
    {"sqlite3_open_v2", open_v2, (void **)&real.open_v2},
    {"sqlite3_busy_timeout", busy_timeout, (void **)&real.busy_timeout},
    {"sqlite3_errmsg", errmsg, (void **)&real.errmsg},
    {"sqlite3_prepare_v3", prepare_v3, (void **)&real.prepare_v3},
    {"sqlite3_step", step, (void **)&real.step},
    {"sqlite3_bind_blob64", bind_blob64, (void **)&real.bind_blob64},
    {"sqlite3_bind_text64", bind_text64, (void **)&real.bind_text64},
    {"sqlite3_bind_int64", bind_int64, (void **)&real.bind_int64},
    {"sqlite3_bind_null", bind_null, (void **)&real.bind_null},
    {"sqlite3_column_blob", column_blob, (void **)&real.column_blob},
};

void *__wrap_dlsym(void *library, const char *name)
{
    void *found = __real_dlsym(library, name);
    for (size_t index = 0; found != NULL && index < sizeof seam / sizeof *seam; index++) {
        if (strcmp(seam[index].name, name) == 0) {
            *seam[index].theirs = found;
            return seam[index].ours;
        }
    }
    return found;
}
