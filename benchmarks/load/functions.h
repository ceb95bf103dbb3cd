/* Names of functions. */
#ifndef LOAD_FUNCTIONS_H
#define LOAD_FUNCTIONS_H

#include "buffer.h"

#define FUNCTION_ASIDE UINT32_MAX /* the one for jobs that are not measured */

/* Once, before any other. */
void functions_init(uint32_t count);

/* The name of function `index`, or of FUNCTION_ASIDE. */
span function_name(uint32_t index);

/* Which function job `number` is for. */
uint32_t function_of_job(uint64_t number);

#endif
