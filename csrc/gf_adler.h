/* Adler-32, which zlib's in Python reads: several times faster than a CRC of this size. */
#ifndef GF_ADLER_H
#define GF_ADLER_H

#include <stddef.h>
#include <stdint.h>

enum { GF_ADLER32_BEGIN = 1 };

/* The sum of what `sum` stands for with the bytes behind it. */
uint32_t gf_adler32(uint32_t sum, const uint8_t *bytes, size_t size);

#endif
