/* Latencies in nanoseconds, counted in buckets that are linear within each power of two: exact to 0.8 %. */
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_FINE_BITS = 7,
    HISTOGRAM_VALUE_BITS = 40, /* 18 minutes; what is longer counts as that */
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_FINE_BITS + 1) << HISTOGRAM_FINE_BITS,
};

typedef struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count, sum, max;
} histogram;

void histogram_add(histogram *h, uint64_t value);
void histogram_merge(histogram *into, const histogram *from);

/* The least value that `share` (0 to 1) of all values do not exceed; 0 when there are none. */
uint64_t histogram_percentile(const histogram *h, double share);

double histogram_mean(const histogram *h);

#endif
