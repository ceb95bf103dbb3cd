/* What the parts of the seam share. */
#ifndef FAULTS_SEAM_H
#define FAULTS_SEAM_H

#include <stdbool.h>

#include "plan.h"

/* Whether this call is to fail; it is counted. */
bool fault_strikes(fault_point point);
int fault_how(fault_point point);

#endif
