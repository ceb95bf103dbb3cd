/* Byte primitives of the packet format: big-endian words, a bounded search for NUL, decimal numbers; and
 * bytes for people to read. */
#ifndef GF_BYTES_H
#define GF_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Packets start anywhere in a receive buffer, hence memcpy and no casts; it compiles to one load and bswap.
 */
static inline uint32_t gf_load_be32(const void *from)
{
    uint32_t v;
    memcpy(&v, from, sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(v) : v;
}

static inline void gf_store_be32(void *to, uint32_t v)
{
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        v = __builtin_bswap32(v);
    memcpy(to, &v, sizeof v);
}

/* The first NUL in p[0..n), or NULL. */
static inline const uint8_t *gf_find_nul(const uint8_t *p, size_t n)
{
    return n == 0 ? NULL : (const uint8_t *)memchr(p, 0, n);
}

static inline unsigned gf_decimal_digits(uint32_t v)
{
    unsigned digits = 1;
    for (; v >= 10000; v /= 10000)
        digits += 4;
    return digits + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Writes v in decimal without a terminator and returns how many digits it took (at most 10). */
static inline unsigned gf_put_u32(uint8_t *out, uint32_t v)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    const unsigned digits = gf_decimal_digits(v);
    uint8_t *end = out + digits;
    for (; v >= 100; v /= 100) {
        end -= 2;
        memcpy(end, pairs + 2 * (v % 100), 2);
    }
    if (v >= 10)
        memcpy(out, pairs + 2 * v, 2);
    else
        *out = (uint8_t)('0' + v);
    return digits;
}

enum { GF_ESCAPE_MOST = 4 }; /* \xNN */

/* Writes a byte of a name that came from the network, a control byte as \xNN: it can neither start a line nor
 * steer a terminal. Returns how many it took. */
static inline unsigned gf_put_escaped(char *out, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    if (byte >= ' ' && byte != 0x7f) {
        *out = (char)byte;
        return 1;
    }
    memcpy(out, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, GF_ESCAPE_MOST);
    return GF_ESCAPE_MOST;
}

#endif
