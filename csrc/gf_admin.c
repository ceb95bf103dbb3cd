/* The text protocol: a line is cut into words, the first of which names a command. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { WORDS_MAX = 5 };

typedef struct gf_word {
    const uint8_t *text;
    uint32_t size;
} gf_word;

typedef struct gf_line {
    gf_core *core;
    gf_peer *peer;
    gf_text reply;
    bool is_later;     /* the answer comes in another turn */
    bool is_recorders; /* the reply is a command for the recorder */
    uint32_t count;    /* of words, at most WORDS_MAX: more are ignored */
    gf_word words[WORDS_MAX];
} gf_line;

static void reply(gf_line *line, const char *text)
{
    gf_text_string(&line->reply, text);
}

static void reply_line(gf_line *line, const char *text)
{
    reply(line, text);
    reply(line, "\r\n");
}

/* A word counts up to a NUL in it, and in any case of letters. */
static bool is(const gf_word *word, const char *name)
{
    return word->size == strlen(name) && strncasecmp((const char *)word->text, name, word->size) == 0;
}

static void add_word(gf_line *line, const uint8_t *start, const uint8_t *end)
{
    const uint8_t *nul = gf_find_nul(start, (size_t)(end - start));
    if (line->count < WORDS_MAX)
        line->words[line->count++] = (gf_word){start, (uint32_t)((nul != NULL ? nul : end) - start)};
}

/* Blanks separate words: a leading one makes the first word empty, a trailing one adds an empty word. */
static void cut(gf_line *line, const uint8_t *text, uint32_t size)
{
    const uint8_t *end = text + size;
    const uint8_t *start = text;
    for (const uint8_t *at = text; at < end; at++) {
        if (*at != ' ')
            continue;
        add_word(line, start, at);
        while (at + 1 < end && at[1] == ' ')
            at++;
        start = at + 1;
    }
    add_word(line, start, end);
}

static void reply_command(gf_line *line, const char *text)
{
    reply(line, text);
    gf_text_bytes(&line->reply, line->words[0].text, line->words[0].size);
    reply(line, "\r\n");
}

static void incomplete(gf_line *line)
{
    reply_command(line, "ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+");
}

static void unknown(gf_line *line)
{
    reply_command(line, "ERR UNKNOWN_COMMAND Unknown+server+command");
}

static void on_version(gf_line *line)
{
    reply(line, "OK ");
    reply(line, line->core->version);
    reply(line, "\n");
}

static void on_verbose(gf_line *line)
{
    static const char *const levels[] = {"FATAL",   "ALERT",  "CRITICAL", "ERROR",
                                         "WARNING", "NOTICE", "INFO",     "DEBUG"};
    reply(line, "OK ");
    reply(line, levels[line->core->options.log_level & 7]);
    reply(line, "\n");
}

static void on_getpid(gf_line *line)
{
    reply(line, "OK ");
    gf_text_number(&line->reply, (uint32_t)getpid());
    reply(line, "\n");
}

static void on_status(gf_line *line)
{
    gf_list_status(line->core, &line->reply);
}

static void on_prioritystatus(gf_line *line)
{
    gf_list_priorities(line->core, &line->reply);
}

static void on_workers(gf_line *line)
{
    gf_list_workers(line->core, &line->reply);
}

/* What the store does, and how many records are on the way to it. */
static void show_store(gf_line *line)
{
    const gf_core *core = line->core;
    bool keeps = core->options.durability != GF_DURABILITY_NONE;
    const char *state = core->journal.trouble != NULL ? "failing" : core->reading ? "reading" : "keeping";
    reply(line, "OK ");
    reply(line, keeps || core->reading ? state : "none");
    reply(line, " ");
    gf_text_number(&line->reply, (uint32_t)(core->journal.mark - core->journal.committed));
    reply(line, "\n");
}

static void on_show(gf_line *line)
{
    const gf_word *words = line->words;
    if (line->count == 1)
        unknown(line);
    else if (line->count == 2 && is(&words[1], "store"))
        show_store(line);
    else if (line->count == 2 && is(&words[1], "limits"))
        gf_list_limits(line->core, &line->reply);
    else if (line->count == 2 && is(&words[1], "counts"))
        gf_list_counts(line->core, &line->reply);
    else if (line->count == 2 && is(&words[1], "jobs"))
        line->is_later = !gf_list_jobs(line->core, line->peer, &line->reply);
    else if (line->count == 3 && is(&words[1], "unique") && is(&words[2], "jobs"))
        line->is_later = !gf_list_uniques(line->core, line->peer, &line->reply);
    else
        reply_line(line, "ERR UNKNOWN_SHOW_ARGUMENTS");
}

static bool is_handle(const gf_core *core, const gf_word *word)
{
    return word->size > core->prefix_size && memcmp(word->text, core->prefix, core->prefix_size) == 0 &&
           word->text[core->prefix_size] == ':';
}

static void explain(gf_line *line, const gf_word *what)
{
    gf_core *core = line->core;
    const gf_job *job = gf_job_of_handle(core, what->text, what->size);
    const gf_function *function = gf_function_named(core, what->text, what->size);
    if (job == NULL && function == NULL) {
        reply_line(line, is_handle(core, what) ? "ERR UNKNOWN_JOB" : "ERR function not found");
        return;
    }
    if (job != NULL)
        gf_explain_job(core, &line->reply, job);
    else
        gf_explain_function(core, &line->reply, function);
    reply(line, ".\n");
}

static void on_explain(gf_line *line)
{
    if (line->count == 2)
        explain(line, &line->words[1]);
    else
        incomplete(line);
}

/* Its clients hear WORK_FAIL; a worker that runs it will hear JOB_NOT_FOUND. */
static void on_cancel(gf_line *line)
{
    if (line->count < 3) {
        unknown(line);
        return;
    }
    if (line->count != 3 || !is(&line->words[1], "job")) {
        reply_line(line, "ERR UNKNOWN_ERROR");
        return;
    }
    gf_job *job = gf_job_of_handle(line->core, line->words[2].text, line->words[2].size);
    if (job != NULL)
        gf_job_fail(line->core, job, GF_ENDING_CANCELLED);
    reply_line(line, job != NULL ? "OK" : "ERR UNKNOWN_JOB");
}

static void refuse(gf_line *line, gf_error error)
{
    line->core->errors[error]++;
    reply(line, "ERR ");
    reply_line(line, error == GF_ERROR_NO_MEMORY ? "out of memory" : gf_error_text(line->core, error));
}

static void on_create(gf_line *line)
{
    const gf_word *name = &line->words[2];
    if (line->count != 3 || !is(&line->words[1], "function")) {
        incomplete(line);
        return;
    }
    uint32_t hash = gf_hash(&line->core->options.seed, name->text, name->size);
    gf_error error = GF_ERROR_NONE;
    gf_function *function = gf_function_wanted(line->core, name->text, name->size, hash,
                                               gf_memory_refusal(line->core, 0), &error);
    if (function == NULL)
        refuse(line, error);
    else
        reply_line(line, "OK");
}

static bool same_name(const gf_function *function, const gf_word *name)
{
    return function->name_size == name->size &&
           strncasecmp((const char *)function->name, (const char *)name->text, name->size) == 0;
}

/* Every function whose name matches in any case of letters, each with a line of its own. */
static void drop_matching(gf_line *line, const gf_word *name)
{
    size_t count = 0;
    uint32_t found = 0;
    gf_function **functions = gf_functions_in_order(line->core, &count);
    line->reply.failed |= functions == NULL;
    for (size_t i = 0; i < count; i++) {
        if (!same_name(functions[i], name))
            continue;
        found++;
        bool dropped = gf_function_drop(line->core, functions[i]);
        reply_line(line, dropped ? "OK" : "ERR there are still connected workers or executing clients");
    }
    free(functions);
    if (found == 0)
        reply_line(line, "ERR function not found");
}

static void on_drop(gf_line *line)
{
    if (line->count == 3 && is(&line->words[1], "function"))
        drop_matching(line, &line->words[2]);
    else
        incomplete(line);
}

/* Nothing, junk and anything not positive mean no limit. */
static uint32_t limit_in(const gf_line *line, uint32_t word)
{
    int64_t value = 0;
    if (word >= line->count || !gf_parse_int64(line->words[word].text, line->words[word].size, &value))
        return 0;
    return value <= 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* One number is the limit of all priorities; more are those of high, normal and low. */
static void on_maxqueue(gf_line *line)
{
    if (line->count < 2) {
        incomplete(line);
        return;
    }
    gf_function *function = gf_function_named(line->core, line->words[1].text, line->words[1].size);
    for (uint32_t priority = GF_HIGH; function != NULL && priority < GF_PRIORITIES; priority++)
        function->limit[priority] = limit_in(line, line->count > 3 ? 2 + priority : 2);
    reply_line(line, "OK");
}

static void on_shutdown(gf_line *line)
{
    bool graceful = line->count == 2 && is(&line->words[1], "graceful");
    if (!line->core->options.allow_shutdown || (line->count > 1 && !graceful)) {
        unknown(line);
        return;
    }
    reply_line(line, "OK");
    gf_reply_shutdown(line->core, graceful);
}

/* Recordings are files, and so no business of the core's. */
static void on_record(gf_line *line)
{
    const gf_word *words = line->words;
    bool starts = line->count == 3 && is(&words[1], "start");
    bool stops = line->count == 2 && is(&words[1], "stop");
    if (!starts && !stops && !(line->count == 2 && is(&words[1], "status"))) {
        incomplete(line);
        return;
    }
    line->is_recorders = true;
    reply(line, starts ? "start " : stops ? "stop" : "status");
    if (starts)
        gf_text_bytes(&line->reply, words[2].text, words[2].size);
}

static const struct {
    const char *name;
    void (*run)(gf_line *line);
} commands[] = {
    {"version", on_version}, {"verbose", on_verbose},   {"getpid", on_getpid},
    {"status", on_status},   {"workers", on_workers},   {"prioritystatus", on_prioritystatus},
    {"show", on_show},       {"cancel", on_cancel},     {"create", on_create},
    {"drop", on_drop},       {"maxqueue", on_maxqueue}, {"shutdown", on_shutdown},
    {"explain", on_explain}, {"record", on_record},
};

static void run(gf_line *line)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (is(&line->words[0], commands[i].name)) {
            commands[i].run(line);
            return;
        }
    }
    unknown(line);
}

void gf_admin_line(gf_core *core, gf_peer *peer, const uint8_t *text, uint32_t size)
{
    gf_line line = {.core = core, .peer = peer};
    cut(&line, text, size);
    gf_text_start(&line.reply, core);
    run(&line);
    if (line.is_later)
        gf_text_drop(&line.reply);
    else if (line.is_recorders)
        gf_text_send_recorder(&line.reply, peer);
    else
        gf_text_send(&line.reply, peer);
}

/* Text without an end is answered as text. */
void gf_admin_line_too_long(gf_core *core, const gf_peer *peer)
{
    const gf_error_info *error = &gf_errors[GF_ERROR_LINE_TOO_LONG];
    gf_text text;
    gf_text_start(&text, core);
    gf_text_string(&text, error->body);
    gf_text_byte(&text, ' ');
    gf_text_string(&text, error->body + strlen(error->body) + 1);
    gf_text_string(&text, "\r\n");
    gf_text_send(&text, peer);
}
