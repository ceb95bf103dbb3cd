/* A recorder beside the core: when it writes is up to the target, and its files are read back at the end. */
#ifndef FUZZ_RECORDED_H
#define FUZZ_RECORDED_H

#include "gf_recorder.h"

/* Before the world starts. */
void recorded_start(gf_recorder *recorder, bool payloads, bool small_files);

/* Once it is joined and the world has ended: every file must be whole. Removes them. */
void recorded_end(gf_recorder *recorder);

#endif
