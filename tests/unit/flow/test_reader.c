#include "base/limits.h"
#include "flow/reader.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

/* Reads all forms of the source: printed, one line each; or "!! code line:column message". */
static const char *read_all(struct arena *arena, struct text source, bool flow_file)
{
    struct reader reader;
    struct error err = {0};
    struct buf out = {0};
    enum reader_result result = READER_ERROR;

    if (reader_init(&reader, arena, source, &err)) {
        reader.flow_file = flow_file;
        do {
            struct form *form = NULL;

            result = reader_next(&reader, &form, &err);
            if (result != READER_FORM) break;
            if (out.len > 0) buf_cstr(&out, " | ");
            form_print(form, &out);
        } while (true);
    }
    if (result == READER_ERROR) {
        buf_reset(&out);
        buf_printf(&out, "!! %s %d:%d %s", error_wire(err.code), err.line, err.column, err.message);
    }
    const char *copy = arena_cstr(arena, buf_get(&out));

    buf_done(&out);
    return copy;
}

static void reads(const char *source, const char *expected)
{
    struct arena arena;

    arena_init(&arena, 0);
    const char *got = read_all(&arena, text_from(source), false);

    if (strcmp(got, expected) != 0) fail_msg("%s\n  gives %s\n  not   %s", source, got, expected);
    arena_done(&arena);
}

/* Only the beginning: code and position. */
static void refuses(const char *source, const char *expected)
{
    struct arena arena;

    arena_init(&arena, 0);
    const char *got = read_all(&arena, text_from(source), false);

    if (strncmp(got, "!! ", 3) != 0 || strncmp(got + 3, expected, strlen(expected)) != 0) {
        fail_msg("%s\n  gives %s\n  not   !! %s", source, got, expected);
    }
    arena_done(&arena);
}

static void numbers_are_those_of_clojure(void **state)
{
    static const char *const cases[][2] = {
        {"0 -0 +5 007 017", "0 | 0 | 5 | 7 | 15"},
        {"0x1F -0xff 16rFF 36rZZ 2r1010", "31 | -255 | 255 | 1295 | 10"},
        {"36rN 36rAN", "23 | 383"},
        {"9223372036854775807 -9223372036854775808", "9223372036854775807 | -9223372036854775808"},
        {"9223372036854775808", "9223372036854775808N"},
        {"-9223372036854775809", "-9223372036854775809N"},
        {"1N 0N -0N 0x1FN 017N", "1N | 0N | 0N | 31N | 15N"},
        {"0xFFFFFFFFFFFFFFFFFF", "4722366482869645213695N"},
        {"1000000000000000000000", "1000000000000000000000N"},
        {"1.5 1. 1e5 1E-5 08.5 -0.0", "1.5 | 1.0 | 1e+05 | 1e-05 | 8.5 | -0.0"},
        {"1e400 -1e400", "##Inf | ##-Inf"},
        {"1M 1.50M +2M -1e5M", "1M | 1.50M | 2M | -1e5M"},
        {"1/2 -3/4 +1/2", "1/2 | -3/4 | 1/2"},
        {"##Inf ##-Inf ##NaN", "##Inf | ##-Inf | ##NaN"},
        {"1'2 1#_3", "1 | (quote 2) | 1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        reads(cases[i][0], cases[i][1]);
    }
}

static void names_are_those_of_clojure(void **state)
{
    static const char *const cases[][2] = {
        {"a a.b a' a# a%b -a + ... .5 /", "a | a.b | a' | a# | a%b | -a | + | ... | .5 | /"},
        {"a/b a/b/c a// nil/foo", "a/b | a/b/c | a// | nil/foo"},
        {":a :a/b :1 :1/a :/ :a'b", ":a | :a/b | :1 | :1/a | :/ | :a'b"},
        {"::a", ":user/a"},
        {"nil true false nila", "nil | true | false | nila"},
        {"% %1 %&", "% | %1 | %&"},
        {"a,b", "a | b"},
        {"a\xe2\x80\x83"
         "b",
         "a | b"}, // an em space divides
        {"a\xc2\xa0"
         "b",
         "a\xc2\xa0"
         "b"}, // a no-break space does not
        {"b\xc3\xa5t", "b\xc3\xa5t"},
        {"\xef\xbb\xbf"
         "a",
         "a"}, // a byte order mark
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        reads(cases[i][0], cases[i][1]);
    }
}

static void strings_characters_and_regexes_take_clojures_escapes(void **state)
{
    static const char *const cases[][2] = {
        {"\"a\\tb\\n\\r\\b\\f\\\"\\\\\"", "\"a\\tb\\n\\r\\b\\f\\\"\\\\\""},
        {"\"\\u00e9\\u0041\"", "\"\xc3\xa9"
                               "A\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\ud83dx\"", "\"\xed\xa0\xbdx\""}, // half a pair stays, three bytes
        {"\"\\101\\7 \\377\"", "\"A\x07 \xc3\xbf\""},
        {"\\a \\newline \\space \\tab \\backspace \\formfeed \\return",
         "\\a | \\newline | \\space | \\tab | \\backspace | \\formfeed | \\return"},
        {"\\u0041 \\o101 \\( \\) \\\" \\; \\\\ \\,",
         "\\A | \\A | \\( | \\) | \\\" | \\; | \\\\ | \\,"},
        {"[\\( \\a]", "[\\( \\a]"},
        {"#\"a\\d\\\"b\"", "#\"a\\d\\\"b\""},
        {"\"two\nlines\"", "\"two\\nlines\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        reads(cases[i][0], cases[i][1]);
    }
}

static void reader_macros_expand(void **state)
{
    static const char *const cases[][2] = {
        {"'a ''a @a #'a ~a ~@a",
         "(quote a) | (quote (quote a)) | (clojure.core/deref a) | (var a) | "
         "(clojure.core/unquote a) | (clojure.core/unquote-splicing a)"},
        {"#_a b #_ #_ a b c [a #_b] [#_ #_ a b]", "b | c | [a] | []"},
        {"a ; comment\nb #!x\nc", "a | b | c"},
        {"#(+ % 1)", "(fn* [p1__1#] (+ p1__1# 1))"},
        {"#(+ %1 %3)", "(fn* [p1__1# p2__3# p3__2#] (+ p1__1# p3__2#))"},
        {"#(f %&)", "(fn* [& rest__1#] (f rest__1#))"},
        {"#()", "(fn* [] ())"},
        {"#?(:clj a :cljs b) #?(:cljs a :default b)", "a | b"},
        {"[#?(:cljs a)] [#?@(:clj [1 2]) 3] [#?@(:cljs [1]) 3]", "[] | [1 2 3] | [3]"},
        {"['#?@(:clj [1 2])]", "[(quote 1) 2]"},
        {"'#?(:cljs x) y", "(quote y)"},
        {"#:a{:b 1 :c/d 2 :_/e 3 \"s\" 4 x 5}", "{:a/b 1, :c/d 2, :e 3, \"s\" 4, a/x 5}"},
        {"#:a {:b 1}", "{:a/b 1}"},
        {"#inst \"2020-01-01T10:20:30.123Z\"", "#inst \"2020-01-01T10:20:30.123Z\""},
        {"#uuid \"F81D4FAE-7dec-11d0-a765-00a0c91e6bf6\"",
         "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
        {"#weir/bytes \"AAEC\"", "#weir/bytes \"AAEC\""},
        {"#my/tag [1] #x y", "#my/tag [1] | #x y"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        reads(cases[i][0], cases[i][1]);
    }
}

#define CORE "clojure.core/"

static void syntax_quote_builds_the_form(void **state)
{
    static const char *const cases[][2] = {
        {"`a `map `String `Math/abs `x/y `foo.bar `.x `if `&",
         "(quote user/a) | (quote clojure.core/map) | (quote java.lang.String) | "
         "(quote java.lang.Math/abs) | (quote x/y) | (quote foo.bar) | (quote .x) | (quote if) | "
         "(quote &)"},
        {"`() `:k `1 `\"s\" `nil", "(" CORE "list) | :k | 1 | \"s\" | (quote nil)"},
        {"`(a ~b ~@c)",
         "(" CORE "seq (" CORE "concat (" CORE "list (quote user/a)) (" CORE "list b) c))"},
        {"`[x# x#]", "(" CORE "apply " CORE "vector (" CORE "seq (" CORE "concat (" CORE
                     "list (quote x__1__auto__)) (" CORE "list (quote x__1__auto__)))))"},
        {"`{:a ~b}", "(" CORE "apply " CORE "hash-map (" CORE "seq (" CORE "concat (" CORE
                     "list :a) (" CORE "list b))))"},
        {"`#{~a}",
         "(" CORE "apply " CORE "hash-set (" CORE "seq (" CORE "concat (" CORE "list a))))"},
        {"`~x", "x"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        reads(cases[i][0], cases[i][1]);
    }
}

static void bad_input_is_refused_with_its_position(void **state)
{
    static const char *const cases[][2] = {
        /* tokens */
        {"08", "clojure_syntax_invalid 1:1 invalid number 08"},
        {"a\n 1a", "clojure_syntax_invalid 2:2"},
        {"2r12", "clojure_syntax_invalid 1:1"},
        {"37r1", "clojure_syntax_invalid 1:1"},
        {"1.5e", "clojure_syntax_invalid 1:1"},
        {"1/0", "clojure_syntax_invalid 1:1 the ratio divides by zero"},
        {"foo/", "clojure_syntax_invalid 1:1 invalid token foo/"},
        {"/foo", "clojure_syntax_invalid 1:1"},
        {"//", "clojure_syntax_invalid 1:1"},
        {"foo:", "clojure_syntax_invalid 1:1"},
        {"a::b", "clojure_syntax_invalid 1:1"},
        {":a/1", "clojure_syntax_invalid 1:1"},
        {":", "clojure_syntax_invalid 1:1"},
        {"::a/b", "clojure_reader_invalid 1:1 auto-resolved"},
        {"##Foo", "clojure_syntax_invalid 1:1"},
        {"\\abc", "clojure_syntax_invalid 1:1"},
        {"\\ud800", "clojure_syntax_invalid 1:1"},
        {"\\o400", "clojure_syntax_invalid 1:1"},
        {"\\", "clojure_syntax_invalid 1:1"},
        {"\"ab\\x\"", "clojure_syntax_invalid 1:4"},
        {"\"\n \\u12g4\"", "clojure_syntax_invalid 2:2"},
        {"\"\\12a\"", "clojure_syntax_invalid 1:2"},
        {"\"\\400\"", "clojure_syntax_invalid 1:2"},
        {"  \"abc", "clojure_syntax_invalid 1:3 the string that begins here is not closed"},
        {"#\"abc", "clojure_syntax_invalid 1:1 the regular expression"},
        {"#", "clojure_syntax_invalid 1:1"},
        {"(#)", "clojure_syntax_invalid 1:2"},
        /* brackets: both positions */
        {"(a\n [b)", "clojure_delimiters_invalid 2:4 ')' at 2:4 does not close the '[' opened at "
                     "2:2; ']' would"},
        {"#{a)", "clojure_delimiters_invalid 1:4 ')' at 1:4 does not close the '#{' opened at "
                 "1:1; '}' would"},
        {"a ]", "clojure_delimiters_invalid 1:3 ']' at 1:3 closes nothing"},
        {"(a\n(b c\n", "clojure_delimiters_invalid 2:1 the bracket opened at 2:1 is not closed "
                       "before the end at 3:1; ')' is missing"},
        /* prefixes with nothing behind them */
        {"(a ')", "clojure_syntax_invalid 1:4 ' at 1:4 has no form behind it"},
        {"(a #_)", "clojure_syntax_invalid 1:4 #_ at 1:4"},
        {"^:k", "clojure_syntax_invalid 1:1 ^ at 1:1"},
        {"#x", "clojure_syntax_invalid 1:1 the tag at 1:1"},
        /* collections */
        {"{:a 1\n :b}", "clojure_reader_invalid 2:2 :b has no value in the map that begins at 1:1"},
        {"{:a 1 :a 2}", "clojure_reader_invalid 1:7 duplicate key :a"},
        {"{:flow 1 :flow 2}", "clojure_reader_invalid 1:10 duplicate key :flow"},
        {"{1 :a 1N :b}", "clojure_reader_invalid 1:7"},
        {"{[1] :a (1) :b}", "clojure_reader_invalid 1:9 duplicate key (1)"},
        {"#{a\nb a}", "clojure_reader_invalid 2:3 duplicate item a"},
        {"{:a 1 :b 2 :c 3 :d 4 :e 5 :f 6 :g 7 :h 8 :i 9 :a 0}", "clojure_reader_invalid 1:47"},
        /* macros */
        {"(+ 1 #=(+ 1 2))", "clojure_reader_eval_disabled 1:6"},
        {"#<x>", "clojure_reader_invalid 1:1"},
        {"#(a #(b))", "clojure_reader_invalid 1:5"},
        {"#(%x)", "clojure_reader_invalid 1:3"},
        {"#(%21)", "clojure_reader_invalid 1:3"},
        {"#?@(:clj [1])", "clojure_reader_invalid 1:1"},
        {"'#?@(:clj [1 2])", "clojure_reader_invalid 1:2"},
        {"[#?@(:clj 1)]", "clojure_reader_invalid 1:11"},
        {"#?(:clj)", "clojure_reader_invalid 1:1"},
        {"#?(a b)", "clojure_reader_invalid 1:4"},
        {"#?(:else b)", "clojure_reader_invalid 1:4"},
        {"#?x", "clojure_reader_invalid 1:1"},
        {"#:a[1]", "clojure_reader_invalid 1:1"},
        {"#::{:a 1}", "clojure_reader_invalid 1:1"},
        {"#:a/b{:c 1}", "clojure_reader_invalid 1:1"},
        {"^1 x", "clojure_reader_invalid 1:2"},
        {"^:k 1", "clojure_reader_invalid 1:5"},
        {"`~@x", "clojure_reader_invalid 1:2"},
        {"#inst \"2020-02-30\"", "clojure_reader_invalid 1:7"},
        {"#inst 5", "clojure_reader_invalid 1:7"},
        {"#uuid \"x\"", "clojure_reader_invalid 1:7"},
        {"#weir/bytes \"*\"", "clojure_reader_invalid 1:13"},
        /* not UTF-8 */
        {"abc\n\xc3\xa5 \xff", "invalid_utf8 2:3"},
        {"\xed\xa0\x80", "invalid_utf8 1:1"},
        {"\"\xc3", "invalid_utf8 1:2"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        refuses(cases[i][0], cases[i][1]);
    }
}

static struct form *read_one(struct arena *arena, const char *source)
{
    struct reader reader;
    struct form *form = NULL;
    struct error err = {0};

    assert_true(reader_init(&reader, arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    return form;
}

static void positions_count_characters_and_offsets_bytes(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    struct form *list = read_one(&arena, "; x\r\n (\"\xc3\xa5\xf0\x9f\x98\x80\" 'b\n  c)");

    assert_int_equal(list->line, 2);
    assert_int_equal(list->column, 2);
    assert_int_equal(list->offset, 6);
    assert_int_equal(list->end_offset, 23);
    assert_int_equal(list->items[1]->column, 8);
    assert_int_equal(list->items[1]->offset, 16);
    assert_int_equal(list->items[1]->items[1]->column, 9);
    assert_int_equal(list->items[2]->line, 3);
    assert_int_equal(list->items[2]->column, 3);
    assert_int_equal(list->items[2]->end_offset, 22);
    arena_done(&arena);
}

static void metadata_hangs_on_the_form_and_the_outer_wins(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    struct form *form = read_one(&arena, "^{:a 1 :b 2} ^:a #^Name [x]");

    assert_int_equal(form->kind, FORM_VECTOR);
    assert_int_equal(form_get(form->meta, "a")->integer, 1);
    assert_int_equal(form_get(form->meta, "b")->integer, 2);
    assert_true(form_is_symbol(form_get(form->meta, "tag"), "Name"));
    assert_null(form->items[0]->meta);
    arena_done(&arena);
}

static void instants_are_milliseconds(void **state)
{
    static const struct {
        const char *source;
        int64_t ms;
    } cases[] = {
        {"#inst \"1970\"", 0},
        {"#inst \"1970-01-01T00:00:00.001Z\"", 1},
        {"#inst \"2020-02-29T12:30:15.123456789+01:30\"", 1582974015123},
        {"#inst \"1969-12-31T23:59:59-00:00\"", -1000},
        {"#inst \"2026-11\"", 1793491200000},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(read_one(&arena, cases[i].source)->integer, cases[i].ms);
    }
    arena_done(&arena);
}

static void a_flow_file_may_have_flow_twice_and_syntax_quote_it(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(read_all(&arena, TEXT("{:flow 1 :flow 2}"), true), "{:flow 1, :flow 2}");
    assert_string_equal(read_all(&arena, TEXT("^:m {:flow 1 :flow ^:x `(a b#)}"), true),
                        "{:flow 1, :flow (quote (a b#))}");
    assert_non_null(strstr(read_all(&arena, TEXT("{:x ::a}"), true), "auto-resolved keyword"));
    const char *inside = read_all(&arena, TEXT("{:x {:flow 1 :flow 2}}"), true);

    assert_non_null(strstr(inside, "duplicate key :flow"));
    arena_done(&arena);
}

/* count times the opening text, then the rest. */
static struct text repeated(struct buf *out, const char *opening, size_t count, const char *rest)
{
    for (size_t i = 0; i < count; i++) {
        buf_cstr(out, opening);
    }
    buf_cstr(out, rest);
    return buf_get(out);
}

static void depth_has_one_clean_limit(void **state)
{
    static const char *const openings[] = {"(", "[",   "{",  "#{",  "'",  "`",        "~",
                                           "@", "^a ", "#_", "#x ", "#'", "#?(:clj ", "{:a "};
    struct arena arena;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(openings); i++) {
        struct buf source = {0};

        arena_init(&arena, 0);
        const char *got = read_all(&arena, repeated(&source, openings[i], 100000, ""), false);

        if (!strstr(got, "nested deeper than")) fail_msg("%s: %s", openings[i], got);
        arena_done(&arena);
        buf_done(&source);
    }
}

static void depth_up_to_the_limit_is_read(void **state)
{
    struct arena arena;
    struct buf source = {0};

    (void)state;
    arena_init(&arena, 0);
    repeated(&source, "[", LIMIT_READER_DEPTH - 1, "x");
    repeated(&source, "]", LIMIT_READER_DEPTH - 1, "");
    assert_int_equal(read_one(&arena, source.ptr)->depth, LIMIT_READER_DEPTH);
    buf_done(&source);
    arena_done(&arena);
}

static void what_a_syntax_quote_grows_to_is_bounded(void **state)
{
    struct arena arena;
    struct buf source = {0};

    (void)state;
    arena_init(&arena, 0);
    buf_cstr(&source, "`````[");
    const char *got = read_all(&arena, repeated(&source, "a ", 50000, "]"), false);

    assert_non_null(strstr(got, "limit_exceeded"));
    buf_done(&source);
    arena_done(&arena);
}

static void a_large_source_that_never_ends_is_one_error(void **state)
{
    struct arena arena;
    struct buf source = {0};

    (void)state;
    arena_init(&arena, 0);
    buf_cstr(&source, "{:a\n [");
    const char *got = read_all(&arena, repeated(&source, "abc 12 ", 300000, ""), false);

    assert_non_null(strstr(got, "clojure_delimiters_invalid 2:2"));
    buf_done(&source);
    arena_done(&arena);
}

static void a_budget_that_is_too_small_is_an_error(void **state)
{
    struct arena arena;
    struct buf source = {0};

    (void)state;
    arena_init(&arena, 64 * 1024);
    struct reader reader;
    struct form *form;
    struct error err = {0};

    repeated(&source, "[a] ", 10000, "");
    assert_true(reader_init(&reader, &arena, buf_get(&source), &err));
    while (reader_next(&reader, &form, &err) == READER_FORM) {
    }
    assert_int_equal(err.code, E_ARENA_BUDGET);
    buf_done(&source);
    arena_done(&arena);
}

static void each_allocation_may_fail(void **state)
{
    static const char source[] =
        "{:a [1 2.5 \"x\\n\" 99999999999999999999 1/2 3M \\c] #{b} `(x# ~y)} "
        "#(+ % %2 %&) ^:m ^{:b 1} [z] #inst \"2020\" #:n{:k 1} "
        "#weir/bytes \"AAEC\" #uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\" "
        "#t 1 `String";
    bool done = false;

    (void)state;
    for (size_t n = 1; !done; n++) {
        struct arena arena;
        struct reader reader;
        struct form *form;
        struct error err = {0};
        enum reader_result result;

        arena_init(&arena, 0);
        assert_true(reader_init(&reader, &arena, text_from(source), &err));
        arena_fail_at(&arena, n);
        do {
            result = reader_next(&reader, &form, &err);
        } while (result == READER_FORM);
        done = result == READER_END;
        if (!done) assert_int_equal(err.code, E_ARENA_BUDGET);
        arena_done(&arena);
        assert_true(n < 1000);
    }
}

static void skipping_goes_on_at_the_next_form(void **state)
{
    static const struct {
        const char *source, *expected;
    } cases[] = {
        {"(a\n  08)\nb", "b"},      {"(a\n(b)\n", "(b)"}, {"\"open\n(a)\n", "(a)"},
        {"(a]\n ; x\n)\n\nc", "c"}, {"08 d\ne", "e"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        struct reader reader;
        struct form *form = NULL;
        struct error err = {0};
        struct buf out = {0};

        arena_init(&arena, 0);
        assert_true(reader_init(&reader, &arena, text_from(cases[i].source), &err));
        assert_int_equal(reader_next(&reader, &form, &err), READER_ERROR);
        reader_skip(&reader);
        assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
        form_print(form, &out);
        assert_string_equal(out.ptr, cases[i].expected);
        buf_done(&out);
        arena_done(&arena);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Whatever the bytes are, the reader answers with forms or with an error that has a position. */
static void any_bytes_give_forms_or_an_error(void **state)
{
    static const char alphabet[] =
        "()[]{}#\"\\'`~@^%:;/+-.&_?=<! \n\t,abnxuMNr0189\xc3\xa5\xf0\x9f";
    uint64_t seed = 0x9e3779b97f4a7c15;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct arena arena;
        char source[40];
        size_t len = next_random(&seed) % sizeof(source);

        for (size_t i = 0; i < len; i++) {
            source[i] = alphabet[next_random(&seed) % (sizeof(alphabet) - 1)];
        }
        arena_init(&arena, 0);
        const char *got = read_all(&arena, (struct text){source, len}, round % 2 == 0);

        if (strncmp(got, "!! ", 3) == 0) assert_true(strchr(got + 3, ' ')[1] != '0');
        arena_done(&arena);
    }
}

static void an_error_needs_no_place_to_go(void **state)
{
    struct arena arena;
    struct reader reader;
    struct form *form;

    (void)state;
    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, TEXT("(08"), NULL));
    assert_int_equal(reader_next(&reader, &form, NULL), READER_ERROR);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_clojure),
        cmocka_unit_test(names_are_those_of_clojure),
        cmocka_unit_test(strings_characters_and_regexes_take_clojures_escapes),
        cmocka_unit_test(reader_macros_expand),
        cmocka_unit_test(syntax_quote_builds_the_form),
        cmocka_unit_test(bad_input_is_refused_with_its_position),
        cmocka_unit_test(positions_count_characters_and_offsets_bytes),
        cmocka_unit_test(metadata_hangs_on_the_form_and_the_outer_wins),
        cmocka_unit_test(instants_are_milliseconds),
        cmocka_unit_test(a_flow_file_may_have_flow_twice_and_syntax_quote_it),
        cmocka_unit_test(depth_has_one_clean_limit),
        cmocka_unit_test(depth_up_to_the_limit_is_read),
        cmocka_unit_test(what_a_syntax_quote_grows_to_is_bounded),
        cmocka_unit_test(a_large_source_that_never_ends_is_one_error),
        cmocka_unit_test(a_budget_that_is_too_small_is_an_error),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(skipping_goes_on_at_the_next_form),
        cmocka_unit_test(any_bytes_give_forms_or_an_error),
        cmocka_unit_test(an_error_needs_no_place_to_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
