#include "gf_adler.h"

#include <string.h>

enum { MODULUS = 65521, LANES = 16, ROWS_MOST = 347 }; /* rows before a sum may overflow */

typedef uint8_t row_of_bytes __attribute__((vector_size(LANES)));
typedef uint32_t row_of_sums __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* Each lane adds up its own bytes; of n rows the byte in row r counts n - r times in `high`. What is too much
 * for lanes further right is taken off at the end. */
static uint32_t add_rows(uint32_t sum, const uint8_t *bytes, size_t rows)
{
    row_of_sums low = {0}, high = {0};
    for (size_t row = 0; row < rows; row++) {
        row_of_bytes now;
        memcpy(&now, bytes + row * LANES, LANES);
        low += __builtin_convertvector(now, row_of_sums);
        high += low;
    }
    uint64_t low_sum = sum & 0xffff;
    uint64_t high_sum = (sum >> 16) + low_sum * rows * LANES;
    for (uint32_t lane = 0; lane < LANES; lane++) {
        low_sum += low[lane];
        high_sum += (uint64_t)LANES * high[lane] - (uint64_t)lane * low[lane];
    }
    return (uint32_t)(high_sum % MODULUS) << 16 | (uint32_t)(low_sum % MODULUS);
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
        size_t rows = size / LANES < ROWS_MOST ? size / LANES : ROWS_MOST;
        sum = add_rows(sum, bytes, rows);
        bytes += rows * LANES;
        size -= rows * LANES;
    }
    return add_rest(sum, bytes, size);
}
