/* What peers may do, from the fuzzer's bytes: steps of the targets fuzz_core.c and fuzz_store.c.
 *
 * A step is a byte whose low three bits say what happens and whose next three bits to whom, then what that
 * kind of step needs (see each in steps.c). */
#ifndef FUZZ_STEPS_H
#define FUZZ_STEPS_H

#include "input.h"
#include "world.h"

/* Two bytes of options. */
gf_core_options options_in(input *in);

/* A length byte and the bytes. */
const uint8_t *text_in(input *in, size_t *size);

/* A target's own kind of step, which begins with `byte`. */
typedef void own_step(world *all, input *in, uint8_t byte);

/* All steps that there are. One whose top bit is set is the target's own, if it has such. */
void play_steps(world *all, input *in, own_step *own);

#endif
