#include "loadtest/load_sample.h"

#include "base/memory.h"

#include <stdlib.h>

#define FIRST_CAPACITY 4096

void load_sample_add(struct load_sample *sample, int64_t value_ns)
{
    if (sample->count == sample->capacity) {
        sample->capacity = sample->capacity ? 2 * sample->capacity : FIRST_CAPACITY;
        sample->values = memory_resize(sample->values, sample->capacity, sizeof(*sample->values));
    }
    sample->values[sample->count++] = value_ns;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

double load_sample_quantile(struct load_sample *sample, double q)
{
    if (sample->count == 0) return -1;
    qsort(sample->values, sample->count, sizeof(*sample->values), compare);
    return (double)sample->values[(size_t)((double)(sample->count - 1) * q)] / 1e6;
}

void load_sample_done(struct load_sample *sample)
{
    memory_free(sample->values);
    *sample = (struct load_sample){0};
}
