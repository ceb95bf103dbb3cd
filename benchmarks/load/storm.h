/* Peers that come all at once: connections, and workers that register many functions. */
#ifndef LOAD_STORM_H
#define LOAD_STORM_H

#include "run.h"

extern const peer_kind connector; /* connects, asks for one echo and stays */
extern const peer_kind
    registrar; /* registers --bulk functions, waits for an echo, connects anew: --rounds times */

#endif
