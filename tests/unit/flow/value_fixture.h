#pragma once

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/arena.h"
#include "base/buf.h"
#include "flow/heap.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/value.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * For the tests of runtime data: values are written as source text and looked at as pr-str shows
 * them. The expected texts and hashes were recorded from Clojure 1.11.
 */

/* The first form of the source, as (quote …) has it. */
static UNUSED struct value value_of(struct heap *heap, const char *source)
{
    struct arena arena;
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, text_from(source), &err) ||
        reader_next(&reader, &form, &err) != READER_FORM) {
        fail_msg("%s: %s", source, err.message);
    }
    struct value value = quote_form(heap, form);

    arena_done(&arena);
    return value;
}

static UNUSED void assert_prints(struct value value, const char *expected)
{
    struct buf text = {0};

    value_print(value, &text);
    assert_string_equal(text.ptr ? text.ptr : "", expected);
    buf_done(&text);
}

static UNUSED void assert_displays(struct value value, const char *expected)
{
    struct buf text = {0};

    value_display(value, &text);
    assert_string_equal(text.ptr ? text.ptr : "", expected);
    buf_done(&text);
}

static UNUSED void assert_same(struct value a, struct value b)
{
    assert_true(value_equal(a, b));
    assert_true(value_equal(b, a));
    assert_int_equal(value_hash(a), value_hash(b));
}

/* Roots for heap_collect(): an array of values. */
struct roots {
    struct value *values;
    size_t count;
};

static UNUSED void move_roots(struct heap *heap, void *ctx)
{
    struct roots *roots = ctx;

    for (size_t i = 0; i < roots->count; i++) {
        heap_move(heap, &roots->values[i]);
    }
}

/* A collection that keeps these values, which it may move. */
static UNUSED void collect(struct heap *heap, struct value *values, size_t count)
{
    struct roots roots = {values, count};

    heap_collect(heap, move_roots, &roots);
}
