#include "gf_adler.h"

#include <string.h>

enum { MODULUS = 65521, LANES = 16, BATCH = 16, ROWS_MOST = 347 }; /* rows before a sum may overflow */

typedef uint16_t narrow __attribute__((vector_size(LANES)));
typedef uint32_t wide __attribute__((vector_size(LANES)));

/* Each lane adds up its own bytes, `low`; of n rows the byte in row r counts n - r times in `high`. Vector s
 * has bytes s, s + 4, s + 8 and s + 12 of each row. */
typedef struct lane_sums {
    wide low[4];
    wide high[4];
} lane_sums;

/* Even and odd bytes of a row as numbers of 16 bits, which a few rows do not overflow. */
static void add_batch(lane_sums *sums, const uint8_t *bytes, uint32_t rows)
{
    narrow low[2] = {{0}, {0}}, high[2] = {{0}, {0}};
    for (uint32_t row = 0; row < rows; row++) {
        narrow now;
        memcpy(&now, bytes + (size_t)row * LANES, LANES);
        low[0] += now & 0xff;
        low[1] += now >> 8;
        high[0] += low[0];
        high[1] += low[1];
    }
    for (uint32_t s = 0; s < 4; s++) {
        const uint32_t shift = s < 2 ? 0 : 16;
        sums->high[s] += sums->low[s] * rows + (((wide)high[s % 2] >> shift) & 0xffff);
        sums->low[s] += ((wide)low[s % 2] >> shift) & 0xffff;
    }
}

/* What is too much for lanes further right is taken off at the end. */
static uint32_t add_rows(uint32_t sum, const uint8_t *bytes, uint32_t rows)
{
    lane_sums sums = {0};
    for (uint32_t row = 0; row < rows; row += BATCH)
        add_batch(&sums, bytes + (size_t)row * LANES, rows - row < BATCH ? rows - row : BATCH);
    uint64_t low = sum & 0xffff;
    uint64_t high = (sum >> 16) + low * rows * LANES;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        const uint32_t own_low = sums.low[lane % 4][lane / 4], own_high = sums.high[lane % 4][lane / 4];
        low += own_low;
        high += (uint64_t)LANES * own_high - (uint64_t)lane * own_low;
    }
    return (uint32_t)(high % MODULUS) << 16 | (uint32_t)(low % MODULUS);
}

static uint32_t add_rest(uint32_t sum, const uint8_t *bytes, size_t size)
{
    uint32_t low = sum & 0xffff, high = sum >> 16;
    for (size_t i = 0; i < size; i++) {
        low += bytes[i];
        high += low;
    }
    return high % MODULUS << 16 | low % MODULUS;
}

uint32_t gf_adler32(uint32_t sum, const uint8_t *bytes, size_t size)
{
    while (size >= LANES) {
        const uint32_t rows = size / LANES < ROWS_MOST ? (uint32_t)(size / LANES) : ROWS_MOST;
        sum = add_rows(sum, bytes, rows);
        bytes += (size_t)rows * LANES;
        size -= (size_t)rows * LANES;
    }
    return add_rest(sum, bytes, size);
}
