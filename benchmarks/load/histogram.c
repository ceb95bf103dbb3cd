#include "histogram.h"

static const uint64_t LARGEST = (UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;

/* How many low bits a value of this size loses. */
static unsigned lost_bits(uint64_t value)
{
    const unsigned top = 63u - (unsigned)__builtin_clzll(value | 1);
    return top > HISTOGRAM_FINE_BITS ? top - HISTOGRAM_FINE_BITS : 0;
}

static unsigned bucket_of(uint64_t value)
{
    const unsigned lost = lost_bits(value);
    return (lost << HISTOGRAM_FINE_BITS) + (unsigned)(value >> lost);
}

/* The largest value that falls into the bucket. */
static uint64_t bucket_top(unsigned bucket)
{
    const unsigned fine = 1u << HISTOGRAM_FINE_BITS;
    if (bucket < 2 * fine)
        return bucket;
    const unsigned lost = bucket / fine - 1;
    return (((uint64_t)bucket - ((uint64_t)lost << HISTOGRAM_FINE_BITS)) + 1) * (UINT64_C(1) << lost) - 1;
}

void histogram_add(histogram *h, uint64_t value)
{
    h->counts[bucket_of(value < LARGEST ? value : LARGEST)]++;
    h->count++;
    h->sum += value;
    if (value > h->max)
        h->max = value;
}

void histogram_merge(histogram *into, const histogram *from)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->counts[i] += from->counts[i];
    into->count += from->count;
    into->sum += from->sum;
    if (from->max > into->max)
        into->max = from->max;
}

uint64_t histogram_percentile(const histogram *h, double share)
{
    const double wanted = share * (double)h->count;
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > 0 && (double)seen >= wanted)
            return bucket_top(i) < h->max ? bucket_top(i) : h->max;
    }
    return h->max;
}

double histogram_mean(const histogram *h)
{
    return h->count ? (double)h->sum / (double)h->count : 0;
}
