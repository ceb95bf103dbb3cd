/* Redis lists as a job queue: a job that was handed out is forgotten, and there are no handles. */
#include "dialect.h"
#include "line.h"
#include "payload.h"

static void put_submit(buffer *out, const submit *job)
{
    line_put(out, "*3\r\n$5\r\nLPUSH\r\n$4\r\njobs\r\n$%zu\r\n", job->size);
    payload_write(buffer_room(out, job->size), job->stamp, job->size);
    buffer_added(out, job->size);
    buffer_put(out, "\r\n", 2);
}

static void put_echo(buffer *out, span data)
{
    (void)data;
    line_put(out, "*1\r\n$4\r\nPING\r\n");
}

static void put_nothing(buffer *out, span name)
{
    (void)out, (void)name;
}

static void put_pop(buffer *out)
{
    line_put(out, "*3\r\n$5\r\nBRPOP\r\n$4\r\njobs\r\n$1\r\n0\r\n");
}

static void finish_nothing(buffer *out, const answer *assigned)
{
    (void)out, (void)assigned;
}

/* "$<size>" and the data on the next line; false when it is not all there, or no such thing. */
static bool cut_string(span *rest, span *data)
{
    span line;
    uint64_t size;
    return line_cut(rest, &line) && line_begins(&line, "$") && line_number(&line, &size) &&
           line_cut_data(rest, size, data);
}

static ssize_t parse(span input, answer *found, size_t *wanted)
{
    span rest = input, line, key;
    *wanted = 0;
    *found = (answer){0};
    if (!line_cut(&rest, &line))
        return 0;
    if (line_begins(&line, "*2")) {
        found->kind = ANSWER_ASSIGNED;
        if (!cut_string(&rest, &key) || !cut_string(&rest, &found->data))
            return 0;
    } else if (line_begins(&line, ":"))
        found->kind = ANSWER_CREATED;
    else if (line_begins(&line, "+PONG"))
        found->kind = ANSWER_ECHO;
    else
        *found = (answer){.kind = ANSWER_REFUSED, .data = line};
    return (ssize_t)(input.length - rest.length);
}

const dialect redis_dialect = {
    .name = "redis",
    .submit = put_submit,
    .echo = put_echo,
    .register_function = put_nothing,
    .grab = put_pop,
    .finish = finish_nothing,
    .parse = parse,
};
