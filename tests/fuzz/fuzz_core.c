/* The core's event stream: several peers that say anything at all, interleaved, while clocks jump.
 *
 * The input is two bytes of options, then steps. */
#include "steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in = {.at = data, .left = size};
    world all;
    world_start(&all, options_in(&in), NULL);
    play_steps(&all, &in, NULL);
    world_end(&all);
    return 0;
}
