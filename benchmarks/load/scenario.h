/* What can be measured: which peers do what, one phase after another. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "run.h"

enum { MOST_PHASES = 3 };

typedef struct scenario {
    const char *name;
    const char *description;
    bool needs_functions; /* the dialect must have them */
    bool has_apart;       /* peers stand apart in some phase */
    /* Fills in the phases and returns how many. */
    unsigned (*phases)(const options *o, phase *out);
} scenario;

extern const scenario scenarios[];
extern const unsigned scenario_count;

/* NULL when there is none of this name. */
const scenario *scenario_named(const char *name);

/* Runs all phases; `results` has room for MOST_PHASES. Returns how many there are. */
unsigned scenario_run(const scenario *s, const options *o, result *results);

#endif
