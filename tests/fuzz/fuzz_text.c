/* Text, UTF-8 and what is parsed out of text: the functions agree with each other. */
#include "base/parse.h"
#include "flow/string.h"
#include "tests/fuzz/fuzz.h"

static void check_utf8(struct text input)
{
    size_t bad = 0;
    size_t at = 0;
    size_t len = 1;
    uint32_t code_point = 0;
    bool valid = text_is_utf8(input, &bad);
    struct buf again CLEANUP(buf_done) = {0};

    while (at < input.len && len > 0) {
        len = text_utf8_next(text_slice(input, at, input.len), &code_point);
        if (len > 0) buf_utf8(&again, code_point);
        at += len;
    }
    ASSERT(valid == (at == input.len));
    if (!valid) ASSERT(bad == at);
    ASSERT(text_equal(buf_get(&again), text_slice(input, 0, at)));
}

static void check_string(struct text input)
{
    struct heap heap;
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};

    heap_init(&heap, 0);
    struct value string = string_from_utf8(&heap, input);

    string_append_utf8(string, &first);
    if (text_is_utf8(input, NULL)) ASSERT(text_equal(buf_get(&first), input));
    struct value again = string_from_utf8(&heap, buf_get(&first));

    string_append_utf8(again, &second);
    ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    ASSERT(string_equal(string, again));
    ASSERT(string_hash(string) == string_hash(again));
    string_scrub(&first, 0);
    ASSERT(text_is_utf8(buf_get(&first), NULL));
    heap_done(&heap);
}

static void check_numbers(struct text input)
{
    struct buf again CLEANUP(buf_done) = {0};
    int64_t integer, other, duration, instant;
    uint64_t natural, hex;
    double real;

    if (parse_int64(input, &integer)) {
        buf_printf(&again, "%lld", (long long)integer);
        ASSERT(parse_int64(buf_get(&again), &other));
        ASSERT(other == integer);
    }
    if (parse_uint64(input, &natural) && natural <= INT64_MAX) ASSERT(parse_int64(input, &other));
    if (parse_double(input, &real)) ASSERT(real == real);
    if (parse_duration_ms(input, &duration)) ASSERT(duration >= 0);
    (void)!parse_hex_uint64(input, &hex);
    (void)!parse_instant_ms(input, &instant);
}

static void check_search(struct text input)
{
    struct text rest = input;
    struct text first = text_cut(&rest, '\n');

    ASSERT(text_trim(text_trim(input)).len == text_trim(input).len);
    if (!rest.ptr) return; // there was no separator
    ptrdiff_t at = text_index_of(rest, first);

    if (at >= 0) ASSERT(text_starts_with(text_slice(rest, (size_t)at, rest.len), first));
    ASSERT((text_compare(first, rest) == 0) == (first.len == rest.len && text_equal(first, rest)));
    ASSERT(text_distance(first, rest, 5) == text_distance(rest, first, 5));
}

void fuzz_input(struct text input)
{
    check_utf8(input);
    check_string(input);
    check_numbers(input);
    check_search(input);
}
