/* Results as a table for people or as JSON for programs. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "run.h"

void report(const options *o, const result *results, unsigned count);

#endif
