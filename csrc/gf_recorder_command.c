/* What the text command `record` does. Whoever reaches the port may give it: so recordings go to one
 * directory, under plain names, and never over a file that is there. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gf_core.h"

enum { ANSWER_MOST = 512 };

typedef struct gf_answer {
    char text[ANSWER_MOST];
    int length;
} gf_answer;

static void answer(gf_answer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void answer(gf_answer *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    out->length = vsnprintf(out->text, sizeof out->text, format, arguments);
    va_end(arguments);
}

/* Blanks are "+", as in gearmand's errors. */
static void answer_error(gf_answer *out, const char *code, const char *text)
{
    answer(out, "ERR %s %s\r\n", code, text);
    for (char *at = out->text + strlen("ERR ") + strlen(code) + 1; *at != '\0'; at++)
        if (*at == ' ')
            *at = '+';
}

static bool is_plain(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > GF_RECORDING_NAME || name[0] == '.' || name[0] == '-')
        return false;
    for (; *name != '\0'; name++)
        if (!isalnum((unsigned char)*name) && strchr("._-", *name) == NULL)
            return false;
    return true;
}

/* The name of the recording's first file. */
static const char *first_file(const gf_recorder *recorder, char *out, size_t size)
{
    const gf_recording_target *target = &recorder->target;
    gf_recording_file_name(out, size, target->name, target->suffix);
    return out;
}

static void tell_progress(const gf_recorder *recorder, gf_answer *out, const char *state)
{
    char name[ANSWER_MOST];
    answer(out, "OK %s %s %llu %llu %llu\n", state, first_file(recorder, name, sizeof name),
           (unsigned long long)gf_counter_get(&recorder->notes),
           (unsigned long long)gf_counter_get(&recorder->skipped),
           (unsigned long long)gf_counter_get(&recorder->bytes));
}

static void tell_state(const gf_recorder *recorder, gf_answer *out)
{
    int state = atomic_load_explicit(&recorder->state, memory_order_acquire);
    int error = atomic_load_explicit(&recorder->error, memory_order_relaxed);
    if (error != 0)
        answer(out, "OK failed %s %s\n", recorder->target.name, strerror(error));
    else if (state == GF_RECORDER_OFF)
        answer(out, "OK off\n");
    else
        tell_progress(recorder, out, state == GF_RECORDER_ON ? "on" : "closing");
}

static void start(gf_recorder *recorder, gf_core *core, const char *name, gf_answer *out)
{
    if (!is_plain(name)) {
        answer_error(out, "INVALID_NAME", "A name has letters, digits, dots, dashes and underscores only");
        return;
    }
    int error = gf_recorder_start(recorder, recorder->options.directory, name);
    if (error != 0) {
        answer_error(out, "CANNOT_RECORD", error == EBUSY ? "A recording is under way" : strerror(error));
        return;
    }
    gf_core_note(core, recorder);
    char file[ANSWER_MOST / 2];
    answer(out, "OK %s\n", first_file(recorder, file, sizeof file));
}

static void stop(gf_recorder *recorder, gf_core *core, gf_answer *out)
{
    gf_core_note(core, NULL);
    gf_recorder_stop(recorder);
    answer(out, "OK\r\n");
}

static void obey(gf_recorder *recorder, gf_core *core, const char *command, gf_answer *out)
{
    static const char start_word[] = "start ";
    bool asks = strcmp(command, "status") == 0;
    if (recorder == NULL && asks)
        answer(out, "OK off\n");
    else if (recorder == NULL || (!asks && recorder->options.directory < 0))
        answer_error(out, "RECORDING_OFF", "The server was started without --record-dir");
    else if (asks)
        tell_state(recorder, out);
    else if (strncmp(command, start_word, strlen(start_word)) == 0)
        start(recorder, core, command + strlen(start_word), out);
    else
        stop(recorder, core, out);
}

static void put_answer(gf_core *core, gf_effect *effect, const gf_answer *out)
{
    effect->block = gf_block_new(gf_core_pool(core), ANSWER_MOST);
    if (effect->block == NULL) {
        *effect = (gf_effect){
            .peer = effect->peer, .kind = GF_EFFECT_PACKET, .type = GF_ERROR, .error = GF_ERROR_NO_MEMORY};
        return;
    }
    effect->kind = GF_EFFECT_TEXT;
    effect->length = (uint32_t)out->length;
    memcpy(gf_block_data(effect->block), out->text, effect->length);
}

/* The command in the effect's block becomes the answer. */
void gf_recorder_obey(gf_recorder *recorder, gf_core *core, gf_effect *effect)
{
    char command[ANSWER_MOST];
    gf_answer out;
    uint32_t length = effect->length < ANSWER_MOST ? effect->length : ANSWER_MOST - 1;
    memcpy(command, gf_block_data(effect->block), length);
    command[length] = '\0';
    obey(recorder, core, command, &out);
    gf_block_unref(effect->block, gf_core_pool(core));
    put_answer(core, effect, &out);
}
