/* What must be true of the core's own data between two events. */
#ifndef FUZZ_INVARIANTS_H
#define FUZZ_INVARIANTS_H

#include "gf_core.h"

/* Walks everything and stops the program at the first thing that is wrong. */
void check_invariants(const gf_core *core);

#endif
