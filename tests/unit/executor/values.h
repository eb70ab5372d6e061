#pragma once

/* Values for tests, written as EDN; as a step sees them: encoded and decoded. Included by one file
 * of a test program only. */
#include "base/arena.h"
#include "base/crypto.h"
#include "flow/codec.h"
#include "flow/quote.h"
#include "flow/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// clang-format off
#include <cmocka.h>

// clang-format on

struct values {
    struct arena arena;
    struct heap heap;
};

static struct values values;

static inline int values_setup(void **state)
{
    (void)state;
    crypto_start();
    arena_init(&values.arena, 0);
    heap_init(&values.heap, 1 << 24);
    return 0;
}

static inline int values_teardown(void **state)
{
    (void)state;
    heap_done(&values.heap);
    arena_done(&values.arena);
    return 0;
}

static inline struct value values_read(const char *source)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};
    struct buf bytes = {0};
    struct value value;

    assert_true(reader_init(&reader, &values.arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    assert_true(codec_encode(quote_form(&values.heap, form), &bytes, &err));
    assert_true(codec_decode(&values.heap, buf_get(&bytes), &value, &err));
    buf_done(&bytes);
    return value;
}

static inline void assert_value(struct value value, const char *expected)
{
    struct buf text = {0};

    value_print(value, &text);
    assert_string_equal(buf_get(&text).ptr, expected);
    buf_done(&text);
}
