/*
 * java.time: what a pattern prints it prints again, and texts of instants and durations are read as
 * what they were printed from.
 */
#include "flow/java_pattern.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* The first bytes of the input, whatever they are. */
static struct java_time take_time(struct text *input)
{
    struct java_time at = {0};
    uint32_t nanos = 0;
    size_t len = MIN(input->len, sizeof at.seconds);

    memcpy(&at.seconds, input->ptr, len);
    *input = text_slice(*input, len, input->len);
    len = MIN(input->len, sizeof nanos);
    memcpy(&nanos, input->ptr, len);
    *input = text_slice(*input, len, input->len);
    at.nanos = (int32_t)(nanos % JAVA_TIME_NANOS);
    return at;
}

static void check_pattern(struct text pattern, struct java_time at)
{
    static const enum java_zone zones[] = {JAVA_ZONE_NONE, JAVA_ZONE_OFFSET, JAVA_ZONE_UTC};
    struct error err = {0};

    if (!java_pattern_check(pattern, &err)) {
        ASSERT(err.code != E_NONE);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(zones); i++) {
        struct buf first CLEANUP(buf_done) = {0};
        struct buf second CLEANUP(buf_done) = {0};
        bool ok = java_pattern_print(pattern, at, zones[i], &first, &err);

        ASSERT(ok == java_pattern_print(pattern, at, zones[i], &second, &err));
        ASSERT(!ok || text_equal(buf_get(&first), buf_get(&second)));
    }
}

static void check_texts(struct java_time at)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_time again;

    java_time_print_duration(at, &text);
    ASSERT(java_time_parse_duration(buf_get(&text), &again));
    ASSERT(java_time_compare(at, again) == 0);
    if (!java_time_is_instant(at)) return;
    buf_reset(&text);
    java_time_print_instant(at, &text);
    ASSERT(java_time_parse_instant(buf_get(&text), &again));
    ASSERT(java_time_compare(at, again) == 0);
}

static void check_parsers(struct text input)
{
    struct java_time at;

    if (java_time_parse_duration(input, &at)) check_texts(at);
    if (!java_time_parse_instant(input, &at)) return;
    ASSERT(java_time_is_instant(at));
    check_texts(at);
}

static void check_sums(struct java_time a, struct java_time b)
{
    struct error err = {0};
    struct java_time sum, back;
    int64_t count;

    if (java_time_add(a, b, &sum, &err) && java_time_subtract(sum, b, &back, &err)) {
        ASSERT(java_time_compare(back, a) == 0);
    }
    for (int unit = 0; unit < JAVA_TIME_UNITS; unit++) {
        bool down = unit % 2 == 0;

        if (java_time_truncate(a, (enum java_time_unit)unit, down, &sum, &err)) {
            ASSERT(!down || java_time_compare(sum, a) <= 0);
        }
        (void)!java_time_count(a, (enum java_time_unit)unit, &count, &err);
        (void)!java_time_of(b.seconds, (enum java_time_unit)unit, &sum, &err);
    }
    (void)!java_time_multiply(a, b.seconds, &sum, &err);
}

void fuzz_input(struct text input)
{
    check_parsers(input);
    struct java_time a = take_time(&input);
    struct java_time b = take_time(&input);

    check_texts(a);
    check_sums(a, b);
    check_pattern(input, java_time_is_instant(a) ? a : java_time_from_ms(b.seconds));
}
