#pragma once

#include <stddef.h>
#include <stdint.h>

/* Load sample: durations in nanoseconds, all of them kept, for exact quantiles. A zeroed struct is
 * empty. */
struct load_sample {
    int64_t *values;
    size_t count, capacity;
};

void load_sample_add(struct load_sample *sample, int64_t value_ns);
/* In milliseconds; -1 of an empty sample. Sorts, so it is for the end. */
double load_sample_quantile(struct load_sample *sample, double q);
void load_sample_done(struct load_sample *sample);
