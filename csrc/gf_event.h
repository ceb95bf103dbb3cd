/* What crosses between the I/O threads and the processing thread.
 *
 * Events come in, effects go out. A connection is named by slot and generation, never by a pointer: the
 * slot may have been given to another connection by the time a message is read. A message owns one
 * reference to its block. */
#ifndef GF_EVENT_H
#define GF_EVENT_H

#include <stdint.h>

#include "gf_block.h"
#include "gf_packet.h"

/* Bytes in front of a submit packet's body in its block, where the processing thread builds the job. */
enum { GF_JOB_ROOM = 128 };

typedef struct gf_peer_id {
    uint32_t slot; /* I/O thread number = slot % number of I/O threads */
    uint32_t generation;
} gf_peer_id;

typedef enum gf_event_kind {
    GF_EVENT_CONNECT, /* block: the peer's address as text, `size` bytes; argument1: its descriptor */
    GF_EVENT_PACKET,  /* a packet cut into arguments; block is NULL when the body is empty */
    GF_EVENT_LINE,    /* block: a text line without its line end, `size` bytes */
    GF_EVENT_FAULT,   /* the peer sent something the parser refused: `error` */
    GF_EVENT_GONE,    /* nothing more comes from this peer */
} gf_event_kind;

typedef struct gf_event {
    gf_peer_id peer;
    uint8_t kind;
    uint8_t type;
    uint8_t error;
    uint8_t unused;
    uint32_t size; /* of the body */
    gf_block *block;
    /* Offsets into the body: where the first two fixed arguments end, where the data or the last argument
     * begins. Both ends equal `size` for packets with fewer arguments. */
    uint32_t argument1;
    uint32_t argument2;
    uint32_t data;
    uint32_t function_hash; /* submits and registrations: of the function's name */
    uint32_t unique_hash;   /* submits and GET_STATUS_UNIQUE: of the unique, or of the data when it is "-" */
    uint32_t weight;        /* the I/O thread's account of what is under way */
} gf_event;

_Static_assert(sizeof(gf_event) == 48, "an event fits three quarters of a cache line");

typedef enum gf_effect_kind {
    GF_EFFECT_PACKET,   /* a response packet of `type` */
    GF_EFFECT_TEXT,     /* bytes of the text protocol */
    GF_EFFECT_FORGET,   /* the answer to GF_EVENT_GONE: the slot is free once output is flushed */
    GF_EFFECT_LOG,      /* block: a line for the log at `level` */
    GF_EFFECT_SHUTDOWN, /* an admin asked the server to stop; `number` is 1 for graceful */
    GF_EFFECT_PAUSE,    /* read nothing more from this peer */
    GF_EFFECT_RESUME,   /* read on */
    GF_EFFECT_CLOSE,    /* end the connection: there was no memory to serve it or to tell it something */
    GF_EFFECT_RECORD,   /* block: a command for the recorder, whose answer takes its place */
} gf_effect_kind;

enum {
    GF_HANDLE_NONE,
    GF_HANDLE_ALONE,
    GF_HANDLE_FIRST, /* with a NUL behind it */
};

/* A packet's body is, in this order: the job handle as `handle` says, the fixed text of `error` if set,
 * `length` bytes of the block from `at`, `length2` from `at2`. */
typedef struct gf_effect {
    gf_peer_id peer;
    uint8_t kind;
    uint8_t type;
    uint8_t error; /* or the log level */
    uint8_t handle;
    uint32_t number; /* of the job handle */
    gf_block *block;
    uint32_t at;
    uint32_t length;
    uint32_t at2;
    uint32_t length2;
} gf_effect;

_Static_assert(sizeof(gf_effect) == 40, "an effect fits a cache line");

#endif
