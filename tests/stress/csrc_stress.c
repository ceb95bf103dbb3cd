/* Stress of the native foundation without Python: built plain, with ThreadSanitizer and with
 * AddressSanitizer.
 *
 *   csrc_stress [scenario [thousands]]
 *
 * The ring runs without its bell, too: an eventfd orders memory by itself and would hide a missing release.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gf_bell.h"
#include "gf_block.h"
#include "gf_lane.h"
#include "gf_table.h"
#include "gf_timer.h"

#include "loops.c"
#include "threads.c"

typedef struct scenario {
    const char *name;
    uint64_t (*run)(uint64_t count);
} scenario;

static uint64_t ring_spinning(uint64_t count)
{
    return gf_drive_ring_loop(16, count) + gf_drive_ring(1, 1, count / 16, false) +
           gf_drive_ring(256, 1, count, false) + gf_drive_ring(64, 48, count, false);
}

static uint64_t ring_with_bell(uint64_t count)
{
    return gf_drive_ring(4, 1, count / 4, true) + gf_drive_ring(256, 16, count, true);
}

static uint64_t lane_stalling(uint64_t count)
{
    return gf_drive_lane(2, 1, count / 4) + gf_drive_lane(64, 200, count) + gf_drive_lane(1024, 16, count);
}

static uint64_t blocks_small(uint64_t count)
{
    return gf_drive_blocks(1, 1, count) + gf_drive_blocks(3, 200, count / 4);
}

static uint64_t blocks_big(uint64_t count)
{
    return gf_drive_blocks(2, 5000, count / 8) + gf_drive_blocks(2, 40000, count / 32) +
           gf_drive_blocks(2, 200000, count / 32);
}

static uint64_t blocks_alone(uint64_t count)
{
    return gf_drive_block_loop(100, 1, count) + gf_drive_block_loop(100, 10000, count);
}

static uint64_t table(uint64_t count)
{
    return gf_drive_table_churn(50000, count, count) + gf_drive_table_loop((uint32_t)(count / 4), 1);
}

static uint64_t timers(uint64_t count)
{
    return gf_drive_timer_loop(1000, count) + gf_drive_timer_loop(0, count);
}

static const scenario scenarios[] = {
    {"ring", ring_spinning},    {"bell", ring_with_bell}, {"lane", lane_stalling}, {"blocks", blocks_small},
    {"big-blocks", blocks_big}, {"alone", blocks_alone},  {"table", table},        {"timers", timers},
};

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "all";
    const uint64_t count = 1000 * (argc > 2 ? strtoull(argv[2], NULL, 10) : 1000);
    uint64_t ran = 0, wrong = 0;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(wanted, "all") != 0 && strcmp(wanted, scenarios[i].name) != 0)
            continue;
        const uint64_t found = scenarios[i].run(count);
        printf("%-10s %llu wrong\n", scenarios[i].name, (unsigned long long)found);
        ran++;
        wrong += found;
    }
    return ran && !wrong ? EXIT_SUCCESS : EXIT_FAILURE;
}
