/* Seeded hashes of keys that come from the network: without the seed nobody can aim at one bucket. */
#ifndef GF_HASH_H
#define GF_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct gf_seed {
    uint64_t k0, k1;
} gf_seed;

static inline uint64_t gf_rotl64(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline uint64_t gf_load_le64(const uint8_t *from)
{
    uint64_t v;
    memcpy(&v, from, sizeof v);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
}

static inline void gf_sip_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = gf_rotl64(v[1], 13) ^ v[0], v[3] = gf_rotl64(v[3], 16) ^ v[2];
    v[0] = gf_rotl64(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = gf_rotl64(v[1], 17) ^ v[2], v[3] = gf_rotl64(v[3], 21) ^ v[0];
    v[2] = gf_rotl64(v[2], 32);
}

/* The last 0 to 7 bytes, with the length in the top byte as SipHash asks. */
static inline uint64_t gf_sip_tail(const uint8_t *p, size_t n)
{
    uint64_t word = (uint64_t)n << 56;
    for (size_t i = 0; i < (n & 7); i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

/* SipHash-1-3 of p[0..n): one round a word, three at the end. */
static inline uint64_t gf_siphash13(const gf_seed *seed, const void *p, size_t n)
{
    uint64_t v[4] = {seed->k0 ^ UINT64_C(0x736f6d6570736575), seed->k1 ^ UINT64_C(0x646f72616e646f6d),
                     seed->k0 ^ UINT64_C(0x6c7967656e657261), seed->k1 ^ UINT64_C(0x7465646279746573)};
    const uint8_t *at = (const uint8_t *)p;
    for (size_t left = n; left >= 8; left -= 8, at += 8) {
        const uint64_t word = gf_load_le64(at);
        v[3] ^= word;
        gf_sip_round(v);
        v[0] ^= word;
    }
    const uint64_t last = gf_sip_tail(at, n);
    v[3] ^= last;
    gf_sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    gf_sip_round(v), gf_sip_round(v), gf_sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint32_t gf_hash(const gf_seed *seed, const void *p, size_t n)
{
    const uint64_t h = gf_siphash13(seed, p, n);
    return (uint32_t)(h ^ h >> 32);
}

/* One hash from two, for keys of two parts. It adds no secrecy: at least one part must be seeded. */
static inline uint32_t gf_mix32(uint32_t a, uint32_t b)
{
    uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

#endif
