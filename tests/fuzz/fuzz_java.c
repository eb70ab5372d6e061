/*
 * java.time: what is read is printed, and read again as the same, by the formats that values have
 * of their own; any pattern either is refused or prints and reads without harm. The input: a
 * pattern, a line break, a text; durations of its first bytes.
 */
#include "flow/java_format.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define HEAP (1 << 20)

/* Kinds with a format of their own that has all of them. */
static const struct {
    enum java_kind kind;
    enum java_format_id format;
} own[] = {
    {JAVA_INSTANT, JAVA_FORMAT_INSTANT},
    {JAVA_LOCAL_DATE, JAVA_FORMAT_ISO_LOCAL_DATE},
    {JAVA_LOCAL_TIME, JAVA_FORMAT_ISO_LOCAL_TIME},
    {JAVA_LOCAL_DATE_TIME, JAVA_FORMAT_ISO_LOCAL_DATE_TIME},
    {JAVA_OFFSET_DATE_TIME, JAVA_FORMAT_ISO_OFFSET_DATE_TIME},
    {JAVA_YEAR_MONTH, JAVA_FORMAT_YEAR_MONTH},
};

static bool is_same(const struct java_moment *a, const struct java_moment *b)
{
    return a->kind == b->kind && a->seconds == b->seconds && a->nanos == b->nanos &&
           a->offset_s == b->offset_s;
}

static void check_own(struct heap *heap, struct text source)
{
    for (size_t i = 0; i < ARRAY_COUNT(own); i++) {
        struct java_steps steps = java_format_table(own[i].format);
        struct buf text CLEANUP(buf_done) = {0};
        struct java_moment first, again;
        struct error err = {0};

        if (!java_format_parse(heap, &steps, value_nil(), source, own[i].kind, &first, &err)) {
            ASSERT(err.code != E_NONE);
            continue;
        }
        java_moment_print(&first, &text);
        ASSERT(java_format_parse(heap, &steps, value_nil(), buf_get(&text), own[i].kind, &again,
                                 &err));
        ASSERT(is_same(&first, &again));
    }
}

static void check_print(struct heap *heap, const struct java_steps *steps,
                        const struct java_moment *moment)
{
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};
    struct error err = {0};
    bool ok = java_format_print(heap, steps, value_nil(), moment, &first, &err);

    ASSERT(ok == java_format_print(heap, steps, value_nil(), moment, &second, &err));
    ASSERT(!ok || text_equal(buf_get(&first), buf_get(&second)));
}

/* Reads the text as every kind, and prints what it was. */
static void check_steps(struct heap *heap, const struct java_steps *steps, struct text source)
{
    for (int kind = JAVA_INSTANT; kind < JAVA_OFFSET; kind++) {
        struct java_moment moment = {.kind = JAVA_LOCAL_DATE_TIME, .zone = value_nil()};
        struct error err = {0};

        if (kind == JAVA_DURATION || kind == JAVA_UNIT) continue;
        if (!java_format_parse(heap, steps, value_nil(), source, (enum java_kind)kind, &moment,
                               &err)) {
            ASSERT(err.code != E_NONE);
            moment = (struct java_moment){.kind = JAVA_LOCAL_DATE_TIME,
                                          .zone = value_nil(),
                                          .seconds = (int64_t)source.len * 100000007};
        }
        check_print(heap, steps, &moment);
    }
}

static void check_pattern(struct heap *heap, struct text pattern, struct text source)
{
    struct java_steps steps;
    struct error err = {0};

    if (!java_format_compile(pattern, &steps, &err)) {
        ASSERT(err.code != E_NONE);
        return;
    }
    check_steps(heap, &steps, source);
    java_format_done(&steps);
}

static void check_duration(struct java_time span)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct java_time again;

    java_time_print_duration(span, &text);
    ASSERT(java_time_parse_duration(buf_get(&text), &again));
    ASSERT(java_time_compare(span, again) == 0);
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

void fuzz_input(struct text input)
{
    ptrdiff_t line = text_index_of_char(input, '\n');
    bool is_split = line >= 0;
    struct text pattern = text_slice(input, 0, is_split ? (size_t)line : 0);
    struct text source = text_slice(input, is_split ? (size_t)line + 1 : 0, input.len);
    struct java_time span;
    struct heap heap;

    heap_init(&heap, HEAP);
    check_own(&heap, source);
    for (int format = 0; format < JAVA_FORMAT_TABLES; format++) {
        struct java_steps steps = java_format_table((enum java_format_id)format);

        check_steps(&heap, &steps, source);
    }
    if (is_split) check_pattern(&heap, pattern, source);
    heap_done(&heap);
    if (java_time_parse_duration(source, &span)) check_duration(span);
    struct java_time a = take_time(&input);
    struct java_time b = take_time(&input);

    check_duration(a);
    check_sums(a, b);
}
