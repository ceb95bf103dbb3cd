#include "dialect.h"

#include <string.h>

const dialect *dialect_named(const char *name)
{
    const dialect *all[] = {&gearman_dialect, &beanstalkd_dialect, &redis_dialect};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}
