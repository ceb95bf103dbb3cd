/* The languages that servers speak, reduced to what the generator says and hears. */
#ifndef LOAD_DIALECT_H
#define LOAD_DIALECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "buffer.h"

typedef enum answer_kind {
    ANSWER_NOTHING,  /* to be ignored */
    ANSWER_ECHO,     /* also: all that was asked before is answered */
    ANSWER_CREATED,  /* the oldest submit that was not answered yet is accepted */
    ANSWER_ASSIGNED, /* the worker has a job */
    ANSWER_NO_JOB,
    ANSWER_WAKE,    /* a sleeping worker should ask again */
    ANSWER_PART,    /* of the result: more follows */
    ANSWER_RESULT,  /* of a foreground job */
    ANSWER_REFUSED, /* `data` says what the server did not like */
} answer_kind;

typedef struct answer {
    answer_kind kind;
    span handle, function, unique, data; /* empty where the dialect or the answer has none */
} answer;

/* A job to be submitted; the encoder writes the payload by itself, once, where it is sent from. */
typedef struct submit {
    const struct stamp *stamp;
    size_t size; /* of the payload */
    span function;
    span unique;
    bool is_foreground;
} submit;

typedef struct dialect {
    const char *name;
    bool has_functions; /* and with them uniques and results */
    bool has_sleep; /* a worker is told that there is no job, and sleeps; else its request waits in the server
                     */
    void (*submit)(buffer *out, const submit *job);
    void (*echo)(buffer *out,
                 span data); /* answered by ANSWER_ECHO, without the data if not `has_functions` */
    void (*register_function)(buffer *out, span name);
    void (*grab)(buffer *out);                           /* answered by ANSWER_ASSIGNED or ANSWER_NO_JOB */
    void (*sleep)(buffer *out);                          /* answered, some time, by ANSWER_WAKE */
    void (*finish)(buffer *out, const answer *assigned); /* the result is the workload */
    /* Takes one answer from the front: how many bytes it has; 0: not yet complete; negative: no sense in it.
     * `wanted` is set to the size of an incomplete answer if that is known, else to 0. */
    ssize_t (*parse)(span input, answer *found, size_t *wanted);
} dialect;

extern const dialect gearman_dialect, beanstalkd_dialect, redis_dialect;

/* NULL when there is none of this name. */
const dialect *dialect_named(const char *name);

#endif
