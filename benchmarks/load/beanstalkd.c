#include "dialect.h"
#include "line.h"
#include "payload.h"

enum { TIME_TO_RUN = 600 /* seconds: no job may return to the queue while it is measured */ };

static void put_submit(buffer *out, const submit *job)
{
    line_put(out, "put 0 0 %d %zu\r\n", TIME_TO_RUN, job->size);
    payload_write(buffer_room(out, job->size), job->stamp, job->size);
    buffer_added(out, job->size);
    buffer_put(out, "\r\n", 2);
}

/* There is no echo; any question with a short answer will do. */
static void put_echo(buffer *out, span data)
{
    (void)data;
    line_put(out, "list-tube-used\r\n");
}

static void put_nothing(buffer *out, span name)
{
    (void)out, (void)name;
}

static void put_reserve(buffer *out)
{
    line_put(out, "reserve\r\n");
}

static void put_delete(buffer *out, const answer *assigned)
{
    line_put(out, "delete %.*s\r\n", (int)assigned->handle.length, (const char *)assigned->handle.at);
}

/* The rest of "RESERVED <id> <bytes>", and the data on the next line. */
static ssize_t parse_job(span line, span rest, size_t before, answer *found, size_t *wanted)
{
    uint64_t id, size;
    const span head = line;
    if (!line_number(&line, &id) || !line_number(&line, &size))
        return -1;
    *wanted = before + size + 2;
    *found = (answer){.kind = ANSWER_ASSIGNED, .handle = head};
    found->handle.length = (size_t)((const uint8_t *)memchr(head.at, ' ', head.length) - head.at);
    return line_cut_data(&rest, size, &found->data) ? (ssize_t)*wanted : 0;
}

static ssize_t parse(span input, answer *found, size_t *wanted)
{
    span rest = input, line;
    *wanted = 0;
    if (!line_cut(&rest, &line))
        return 0;
    const size_t taken = input.length - rest.length;
    if (line_begins(&line, "RESERVED "))
        return parse_job(line, rest, taken, found, wanted);
    if (line_begins(&line, "INSERTED "))
        *found = (answer){.kind = ANSWER_CREATED, .handle = line};
    else if (line_begins(&line, "DELETED"))
        *found = (answer){.kind = ANSWER_NOTHING};
    else if (line_begins(&line, "USING "))
        *found = (answer){.kind = ANSWER_ECHO};
    else
        *found = (answer){.kind = ANSWER_REFUSED, .data = line};
    return (ssize_t)taken;
}

const dialect beanstalkd_dialect = {
    .name = "beanstalkd",
    .submit = put_submit,
    .echo = put_echo,
    .register_function = put_nothing,
    .grab = put_reserve,
    .finish = put_delete,
    .parse = parse,
};
