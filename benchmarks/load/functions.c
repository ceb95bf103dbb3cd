#include "functions.h"

#include <stdio.h>
#include <stdlib.h>

#include "fail.h"

enum { LONGEST_NAME = 16 };

static uint32_t count;
static char (*names)[LONGEST_NAME];
static size_t *lengths;

void functions_init(uint32_t wanted)
{
    count = wanted;
    names = malloc(wanted * sizeof *names);
    lengths = malloc(wanted * sizeof *lengths);
    if (names == NULL || lengths == NULL)
        fail_system("memory for the functions");
    for (uint32_t i = 0; i < wanted; i++)
        lengths[i] = (size_t)snprintf(names[i], LONGEST_NAME, "f%u", i);
}

span function_name(uint32_t index)
{
    static const char aside[] = "aside";
    if (index == FUNCTION_ASIDE)
        return (span){(const uint8_t *)aside, sizeof aside - 1};
    return (span){(const uint8_t *)names[index], lengths[index]};
}

uint32_t function_of_job(uint64_t number)
{
    return (uint32_t)(number % count);
}
