/* The Gearman packet types: what each carries and who may send it. */
#ifndef GF_PACKET_H
#define GF_PACKET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GF_HEADER_SIZE = 12,
    GF_MAGIC_REQ = 0x00524551,
    GF_MAGIC_RES = 0x00524553,
    GF_ARGUMENT_MAX = 8191, /* bytes of one fixed argument, as gearmand's input buffer allows */
    GF_UNIQUE_MAX = 64,
    GF_HANDLE_MAX = 63,
    GF_LINE_MAX = 8192, /* bytes of a text line with its LF */
};

typedef enum gf_packet_type {
    GF_CAN_DO = 1,
    GF_CANT_DO = 2,
    GF_RESET_ABILITIES = 3,
    GF_PRE_SLEEP = 4,
    GF_UNUSED = 5,
    GF_NOOP = 6,
    GF_SUBMIT_JOB = 7,
    GF_JOB_CREATED = 8,
    GF_GRAB_JOB = 9,
    GF_NO_JOB = 10,
    GF_JOB_ASSIGN = 11,
    GF_WORK_STATUS = 12,
    GF_WORK_COMPLETE = 13,
    GF_WORK_FAIL = 14,
    GF_GET_STATUS = 15,
    GF_ECHO_REQ = 16,
    GF_ECHO_RES = 17,
    GF_SUBMIT_JOB_BG = 18,
    GF_ERROR = 19,
    GF_STATUS_RES = 20,
    GF_SUBMIT_JOB_HIGH = 21,
    GF_SET_CLIENT_ID = 22,
    GF_CAN_DO_TIMEOUT = 23,
    GF_ALL_YOURS = 24,
    GF_WORK_EXCEPTION = 25,
    GF_OPTION_REQ = 26,
    GF_OPTION_RES = 27,
    GF_WORK_DATA = 28,
    GF_WORK_WARNING = 29,
    GF_GRAB_JOB_UNIQ = 30,
    GF_JOB_ASSIGN_UNIQ = 31,
    GF_SUBMIT_JOB_HIGH_BG = 32,
    GF_SUBMIT_JOB_LOW = 33,
    GF_SUBMIT_JOB_LOW_BG = 34,
    GF_SUBMIT_JOB_SCHED = 35,
    GF_SUBMIT_JOB_EPOCH = 36,
    GF_SUBMIT_REDUCE_JOB = 37,
    GF_SUBMIT_REDUCE_JOB_BACKGROUND = 38,
    GF_GRAB_JOB_ALL = 39,
    GF_JOB_ASSIGN_ALL = 40,
    GF_GET_STATUS_UNIQUE = 41,
    GF_STATUS_RES_UNIQUE = 42,
    GF_PACKET_TYPES = 43,
} gf_packet_type;

/* A packet is cut into `arguments` pieces, each ended by a NUL, and the rest of the body as data when
 * `data` is set; without it the last argument is the rest of the body. */
typedef struct gf_packet_info {
    const char *name;
    uint8_t arguments;
    bool data;
    bool request; /* the server takes it; anything else is answered "Command not expected" */
    bool submit;  /* becomes a job: the server wants room for it in front of the body */
} gf_packet_info;

/* Indexed by type; entry 0 is unused. */
extern const gf_packet_info gf_packets[GF_PACKET_TYPES];

/* ERROR packets: a code word and a sentence, as gearmand sends them. */
typedef enum gf_error {
    GF_ERROR_NONE,
    GF_ERROR_MAGIC,
    GF_ERROR_COMMAND,
    GF_ERROR_UNKNOWN_COMMAND,
    GF_ERROR_MISSING_ARGUMENT,
    GF_ERROR_PACKET_TOO_LARGE,
    GF_ERROR_ARGUMENT_TOO_LARGE,
    GF_ERROR_UNIQUE_TOO_LARGE,
    GF_ERROR_HANDLE_TOO_LARGE,
    GF_ERROR_QUEUE_FULL,
    GF_ERROR_MEMORY_LIMIT,
    GF_ERROR_FUNCTIONS_LIMIT,
    GF_ERROR_UNIQUES_LIMIT,
    GF_ERROR_NO_MEMORY,
    GF_ERROR_STORE, /* on the wire the store's own words stand in its place */
    GF_ERROR_UNKNOWN_OPTION,
    GF_ERROR_NO_JOB_FOR_DATA,
    GF_ERROR_NO_JOB_FOR_RESULT,
    GF_ERROR_NO_JOB_FOR_EXCEPTION,
    GF_ERROR_TIMEOUT_ARGUMENT,
    GF_ERROR_TIME_ARGUMENT,
    GF_ERROR_SCHEDULE_ARGUMENT,
    GF_ERROR_LINE_TOO_LONG, /* of the text protocol, and answered in it */
    GF_ERRORS,
} gf_error;

typedef struct gf_error_info {
    const char *body; /* code, NUL, text: the packet's body */
    uint32_t size;
} gf_error_info;

extern const gf_error_info gf_errors[GF_ERRORS];

#endif
