/* Lines of the text protocol, sent one after another to a server with some of everything.
 *
 * The first byte holds options; what follows is cut into lines. */
#include <string.h>
#include <strings.h>

#include "check.h"
#include "input.h"
#include "world.h"

enum { CLIENT, WORKER, SLEEPER, ADMIN, LINES_MOST = 64 };

static void say(world *all, uint32_t slot, uint8_t type, const char *body, size_t size)
{
    world_packet(all, slot, type, body, size);
}

#define SAY(all, slot, type, body) say(all, slot, type, body, sizeof(body) - 1)

/* A job waits at each priority, one runs, one is delayed; names differ by case, hold NULs, blanks and
 * formats. */
static void set_scene(world *all)
{
    for (uint32_t slot = CLIENT; slot <= ADMIN; slot++)
        world_connect(all, slot);
    SAY(all, WORKER, GF_SET_CLIENT_ID, "id %s\0more");
    SAY(all, WORKER, GF_CAN_DO, "run");
    SAY(all, WORKER, GF_CAN_DO_TIMEOUT, "WAIT\0002000");
    SAY(all, WORKER, GF_CAN_DO, "a b\0c");
    SAY(all, SLEEPER, GF_CAN_DO, "Idle");
    SAY(all, SLEEPER, GF_CAN_DO, "Idle");
    SAY(all, SLEEPER, GF_PRE_SLEEP, "");
    SAY(all, CLIENT, GF_SUBMIT_JOB, "run\0u\0data");
    SAY(all, WORKER, GF_GRAB_JOB, "");
    SAY(all, CLIENT, GF_SUBMIT_JOB_HIGH, "run\0%n%s\0");
    SAY(all, CLIENT, GF_SUBMIT_JOB_BG, "wait\0-\0data");
    SAY(all, CLIENT, GF_SUBMIT_JOB_LOW, "WAIT\0\0data");
    SAY(all, CLIENT, GF_SUBMIT_JOB_EPOCH, "wait\0u\0001060\0data");
    SAY(all, CLIENT, GF_SUBMIT_JOB, "\0u\0no name");
}

/* --- what an answer looks like --- */

typedef struct dialogue {
    const uint8_t *line;
    size_t size;
    bool allow_shutdown;
    uint32_t answers;
} dialogue;

static bool begins(const uint8_t *text, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static bool ends(const uint8_t *text, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(text + size - strlen(with), with, strlen(with)) == 0;
}

/* Of the line's first word: up to a blank, or to a NUL in it. */
static size_t command_size(const dialogue *said)
{
    size_t size = 0;
    while (size < said->size && said->line[size] != ' ' && said->line[size] != '\0')
        size++;
    return size;
}

static bool is_command(const dialogue *said, size_t size)
{
    static const char *const commands[] = {"version",  "verbose", "getpid", "status", "prioritystatus",
                                           "workers",  "show",    "cancel", "create", "drop",
                                           "maxqueue", "explain", "record"};
    const char *word = (const char *)said->line;
    if (size == 8 && strncasecmp(word, "shutdown", size) == 0)
        return said->allow_shutdown;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i]) == size && strncasecmp(word, commands[i], size) == 0)
            return true;
    return false;
}

static void check_unknown(const dialogue *said, const uint8_t *answer, uint32_t size)
{
    static const char sentence[] = "ERR UNKNOWN_COMMAND Unknown+server+command";
    const size_t word = command_size(said);
    CHECK(begins(answer, size, sentence) && ends(answer, size, "\r\n"));
    CHECK(size == strlen(sentence) + word + 2);
    CHECK(word == 0 || memcmp(answer + strlen(sentence), said->line, word) == 0);
}

static void on_answer(void *context, const uint8_t *answer, uint32_t size)
{
    dialogue *said = context;
    said->answers++;
    CHECK(ends(answer, size, "\n"));
    CHECK(begins(answer, size, "OK") || begins(answer, size, "ERR ") || ends(answer, size, ".\n"));
    if (!is_command(said, command_size(said)))
        check_unknown(said, answer, size);
}

/* --- lines --- */

static size_t line_size(const input *in)
{
    const uint8_t *end = in->left == 0 ? NULL : memchr(in->at, '\n', in->left);
    return end == NULL ? in->left : (size_t)(end - in->at);
}

static void ask(world *all, dialogue *said, input *in)
{
    said->size = line_size(in);
    said->line = take_bytes(in, &said->size);
    said->answers = 0;
    (void)take_byte(in);
    world_line(all, ADMIN, said->line, said->size);
    CHECK(said->answers == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {.at = data, .left = size};
    const uint8_t options = take_byte(&in);
    dialogue said = {.allow_shutdown = options & 1};
    world all;
    world_start(&all,
                (gf_core_options){.compat = GF_COMPAT_2_0,
                                  .wakeup = GF_WAKE_AUTO,
                                  .allow_shutdown = options & 1,
                                  .log_level = options & 2 ? 7 : 0,
                                  .io_threads = 1 + (options >> 2 & 1),
                                  .buckets = options & 8 ? 1 : 383,
                                  .suspect_after = 1000},
                NULL);
    set_scene(&all);
    all.on_text = on_answer;
    all.context = &said;
    for (int lines = 0; lines < LINES_MOST && in.left > 0; lines++)
        ask(&all, &said, &in);
    world_end(&all);
    return 0;
}
