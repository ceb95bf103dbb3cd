/* Small values that one thread writes and others read. */
#ifndef GF_SHARED_H
#define GF_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A count kept by one thread: no read-modify-write is needed, only that readers see whole values. */
typedef struct gf_counter {
    _Atomic uint64_t value;
} gf_counter;

static inline uint64_t gf_counter_get(const gf_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

static inline void gf_counter_set(gf_counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static inline void gf_counter_bump(gf_counter *counter, uint64_t by)
{
    gf_counter_set(counter, gf_counter_get(counter) + by);
}

/* A count kept by several threads. */
static inline uint64_t gf_counter_add(gf_counter *counter, int64_t by)
{
    return atomic_fetch_add_explicit(&counter->value, (uint64_t)by, memory_order_relaxed) + (uint64_t)by;
}

/* Bits that tell another thread something; whoever raises them rings that thread's bell afterwards. */
typedef struct gf_flags {
    _Atomic uint32_t bits;
} gf_flags;

static inline void gf_flags_raise(gf_flags *flags, uint32_t bits)
{
    atomic_fetch_or_explicit(&flags->bits, bits, memory_order_acq_rel);
}

static inline uint32_t gf_flags_get(const gf_flags *flags)
{
    return atomic_load_explicit(&flags->bits, memory_order_acquire);
}

static inline uint32_t gf_flags_take(gf_flags *flags)
{
    return atomic_exchange_explicit(&flags->bits, 0, memory_order_acq_rel);
}

#endif
