/* What the command line asks for. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dialect.h"

typedef struct options {
    const char *scenario;
    const char *host; /* an IPv4 address */
    uint16_t port;
    const dialect *dialect;
    uint32_t clients, workers;
    uint32_t depth; /* jobs in flight of each client */
    uint32_t functions, functions_per_worker;
    uint32_t threads;
    uint64_t jobs;  /* 0: as many as fit into `seconds` */
    double seconds; /* 0: no end in time */
    double rate;    /* jobs per second; 0: closed loop */
    size_t payload; /* bytes */
    bool uniques;
    uint32_t peers;  /* of a storm: how many connections */
    uint32_t rounds; /* of what goes on beside the measured jobs: how often each peer does it */
    uint64_t bulk;   /* what goes on beside: functions a storming worker registers, jobs or bytes */
    uint64_t chunk;  /* bytes of one WORK_DATA of a large result */
    int pid;         /* of the server; 0: not told */
    double deadline; /* seconds a phase may take */
    bool json;
} options;

/* Ends the program on a wrong command line, and after --help. */
void options_read(options *o, int argc, char **argv);

#endif
