/* A core that is recorded, between peers that say anything at all; recordings come and go, and their thread
 * is slow.
 *
 * The input is two bytes of options, one for the recorder, then steps. One whose top bit is set is the
 * recorder's, and its low bits say which: each below. The text command `record` may be said, too. */
#include "recorded.h"
#include "steps.h"

enum { START, STOP, WRITE, RECORDER_STEPS };

static void start(world *all)
{
    if (gf_recorder_start(all->recorder, all->recorder->options.directory, "fuzz") == 0)
        gf_core_note(all->core, all->recorder);
}

static void stop(world *all)
{
    gf_core_note(all->core, NULL);
    gf_recorder_stop(all->recorder);
}

static void recorder_step(world *all, input *in, uint8_t byte)
{
    (void)in;
    switch ((byte & 0x7f) % RECORDER_STEPS) {
    case START:
        start(all);
        return;
    case STOP:
        stop(all);
        return;
    case WRITE:
        gf_recorder_turn(all->recorder);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gf_recorder recorder;
    input in = {.at = data, .left = size};
    world all;
    const gf_core_options options = options_in(&in);
    const uint8_t how = take_byte(&in);
    recorded_start(&recorder, how & 1, how & 2);
    world_start(&all, options, NULL);
    all.recorder = &recorder;
    start(&all);
    play_steps(&all, &in, recorder_step);
    stop(&all);
    gf_recorder_join(&recorder);
    world_end(&all);
    recorded_end(&recorder);
    return 0;
}
