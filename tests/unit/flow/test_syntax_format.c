#include "base/limits.h"
#include "base/memory.h"
#include "flow/syntax_format.h"

#include <stdio.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

/* Also: what comes out is formatted. */
static void formats(const char *source, const char *expected)
{
    struct buf once CLEANUP(buf_done) = {0};
    struct buf twice CLEANUP(buf_done) = {0};
    struct error err = {0};

    if (!syntax_format(text_from(source), &once, &err)) fail_msg("%s: %s", source, err.message);
    if (!text_equal(buf_get(&once), text_from(expected))) {
        fail_msg("%s\n--- gives\n%s\n--- not\n%s", source, buf_get(&once).ptr, expected);
    }
    assert_true(syntax_format(buf_get(&once), &twice, &err));
    assert_true(text_equal(buf_get(&once), buf_get(&twice)));
}

static void stays(const char *source)
{
    formats(source, source);
}

static void refuses(struct text source, enum error_code code, int line, int column)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct error err = {0};

    buf_cstr(&out, "before");
    assert_false(syntax_format(source, &out, &err));
    assert_int_equal(err.code, code);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    assert_string_equal(out.ptr, "before");
}

static void spaces_between_tokens_are_one(void **state)
{
    (void)state;
    formats("( a   b\t[ 1  2 ] )", "(a b [1 2])\n");
    formats("(a(b)[c]\"d\"e)", "(a (b) [c] \"d\" e)\n");
    formats("  a  ", "a\n");
    formats("", "");
    formats("\n\n", "");
}

static void commas_stay_behind_forms_only(void **state)
{
    (void)state;
    formats("{:a 1 ,:b 2 , }", "{:a 1, :b 2}\n");
    formats("[,a,,b\n,c]", "[a, b\n c]\n");
    stays("(f a, ; why\n   b)\n");
}

static void tokens_are_kept_byte_for_byte(void **state)
{
    (void)state;
    stays(
        "[\"a  b\\n\" \\space \\( \\, \\; #\"\\s+  x\" 1.50M 017 0x1F 1/2 ##Inf :a/b 'c #'d @e]\n");
    stays("[`(a ~b ~@c) #(+ % %2 %&) #{1 2} #:n{:a 1} #inst \"2020-01-01\" #x/y [1]]\n");
    stays("\"two\n   lines  \"\n");
    stays("(f \"two\n  lines\" a\n   b)\n");
}

static void prefixes_stand_at_their_forms(void **state)
{
    (void)state;
    formats("' a  `  b  @ c  #' d  ^  :m  e", "'a `b @c #'d ^:m e\n");
    formats("`( ~ @x  ~ x ~@ y)", "`(~ @x ~x ~@y)\n");
    formats("#inst   \"2020-01-01\" #t[1] #?  (:clj 1)", "#inst \"2020-01-01\" #t[1] #?(:clj 1)\n");
    formats("[#_   a #_b #_#_  c  d\n e]", "[#_ a #_b #_#_ c d\n e]\n");
    formats("^:a  ^{:b 1}\n     x", "^:a ^{:b 1}\nx\n");
    formats("'; why\nx", "' ; why\nx\n");
}

static void arguments_stand_below_the_first(void **state)
{
    (void)state;
    formats("(str a\nb\n  c)", "(str a\n     b\n     c)\n");
    formats("(str\na\n  b)", "(str\n a\n b)\n");
    formats("(flow/step :http :get\n {:a 1\n:b 2})",
            "(flow/step :http :get\n           {:a 1\n            :b 2})\n");
    formats("((f x) a\nb)", "((f x) a\n       b)\n");
}

static void bodies_stand_two_spaces_in(void **state)
{
    (void)state;
    formats("(let [a 1\nb 2]\n(+ a b))", "(let [a 1\n      b 2]\n  (+ a b))\n");
    formats("(when x\ny\nz)", "(when x\n  y\n  z)\n");
    formats("(if x\ny\nz)", "(if x\n  y\n  z)\n");
    formats("(if x y\nz)", "(if x y\n    z)\n");
    formats("(do\na\nb)", "(do\n  a\n  b)\n");
    formats("(try\na\n(catch :default e\nb)\n(finally\nc))",
            "(try\n  a\n  (catch :default e\n    b)\n  (finally\n    c))\n");
    formats("(fn [x]\ny)", "(fn [x]\n  y)\n");
    formats("(fn\n[x]\ny)", "(fn\n  [x]\n  y)\n");
    formats("(letfn [(f [x]\ny)\n(g [x]\nz)]\nw)",
            "(letfn [(f [x]\n          y)\n        (g [x]\n          z)]\n  w)\n");
    formats("(clojure.core/when x\ny)", "(clojure.core/when x\n  y)\n");
    formats("'(doseq [x xs]\ny)", "'(doseq [x xs]\n   y)\n");
    formats("#(when %\ny)", "#(when %\n   y)\n");
    formats("(let\n[a 1]\nb)", "(let\n    [a 1]\n  b)\n");
}

static void flow_calls_have_bodies(void **state)
{
    (void)state;
    formats("(flow/parallel\n{:a 1}\n{:b 2})", "(flow/parallel\n  {:a 1}\n  {:b 2})\n");
    formats("(flow/each [x xs]\ny)", "(flow/each [x xs]\n  y)\n");
    formats("(flow/each {:concurrency 2} [x xs]\ny)", "(flow/each {:concurrency 2} [x xs]\n  y)\n");
    formats("(flow/poll {:interval \"5s\"}\nx)", "(flow/poll {:interval \"5s\"}\n  x)\n");
}

static void pairs_of_cond_and_case_stay_as_they_are(void **state)
{
    (void)state;
    formats("(cond\na 1\n:else 2)", "(cond\n  a 1\n  :else 2)\n");
    formats("(cond a 1\n:else 2)", "(cond a 1\n      :else 2)\n");
    formats("(case x\n:a 1\n2)", "(case x\n  :a 1\n  2)\n");
    formats("(condp = x\n:a 1\n2)", "(condp = x\n  :a 1\n  2)\n");
    formats("(cond-> x\na b)", "(cond-> x\n  a b)\n");
    formats("#?(:clj 1\n:cljs 2)", "#?(:clj 1\n   :cljs 2)\n");
}

static void closing_brackets_are_gathered(void **state)
{
    (void)state;
    formats("(a\n(b\n[\nc\n]\n)\n)", "(a\n (b\n  [c]))\n");
    formats("{\n:a 1\n}", "{:a 1}\n");
    stays("(a\n b ; last\n )\n");
    stays("[; first\n a]\n");
}

static void values_in_a_column_stay_in_one(void **state)
{
    (void)state;
    formats("{:a    1\n:bbb  2\n :cc  {:x 1}}", "{:a   1\n :bbb 2\n :cc  {:x 1}}\n");
    formats("{:a 1\n:bbb 2\n:cc 3}", "{:a 1\n :bbb 2\n :cc 3}\n");
    formats("{:a 1\n:bbb   2\n:cc 3}", "{:a 1\n :bbb 2\n :cc 3}\n");
    stays("(let [a   1\n\n      ;; why\n      bcd 2]\n  a)\n");
    stays("(cond\n  a    1\n  :els 2)\n");
    stays("{:a   1 :b 2\n :ccc 3}\n");
}

static void blank_lines_and_comments_stay(void **state)
{
    (void)state;
    formats("a\n\n\n\n\nb", "a\n\n\nb\n");
    formats("[a\n\n\n\nb]", "[a\n\n b]\n");
    formats(";; head\n\n(a\n;; about b\nb   ; tail\nc)",
            ";; head\n\n(a\n ;; about b\n b   ; tail\n c)\n");
    formats("(let [a 1]\n;; body\na)", "(let [a 1]\n  ;; body\n  a)\n");
    formats("a ; x\r\nb\r\n", "a ; x\nb\n");
    stays("#! script\na\n");
}

static void a_line_that_is_too_long_is_broken(void **state)
{
    (void)state;
    formats("(flow/step :http :fetch {:url \"https://example.com/a/rather/long/address/of/a/page\" "
            ":method :get :timeout \"5s\"})",
            "(flow/step :http :fetch\n"
            "           {:url \"https://example.com/a/rather/long/address/of/a/page\" :method :get "
            ":timeout \"5s\"})\n");
    formats("{:first-key \"a value that takes some room\" :second-key \"a value that takes some "
            "room\" :third-key 345}",
            "{:first-key \"a value that takes some room\"\n"
            " :second-key \"a value that takes some room\"\n"
            " :third-key 345}\n");
    formats("(if (= aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbb) "
            "(cccccccccccccccccccc) (dddddddddddddddddddd))",
            "(if (= aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbb)\n"
            "  (cccccccccccccccccccc)\n"
            "  (dddddddddddddddddddd))\n");
}

static void exactly_a_hundred_columns_fit(void **state)
{
    char line[128], broken[128];

    (void)state;
    // (f a…a b…b) of 100 columns, the closing bracket among them
    snprintf(line, sizeof line, "(f %.*s %.*s)\n", 47,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 48,
             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    assert_int_equal(strlen(line), 101);
    stays(line);
    snprintf(broken, sizeof broken, "(f %.*s\n   b%.*s)\n", 47,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 48,
             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    snprintf(line, sizeof line, "(f %.*s b%.*s)\n", 47,
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 48,
             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    formats(line, broken);
}

static void what_does_not_read_is_refused_where_it_is_wrong(void **state)
{
    (void)state;
    refuses(TEXT("(a\n [b)"), E_DELIMITERS, 2, 4);
    refuses(TEXT("(a"), E_DELIMITERS, 1, 1);
    refuses(TEXT("a\n)"), E_DELIMITERS, 2, 1);
    refuses(TEXT("\"a"), E_SYNTAX, 1, 1);
    refuses(TEXT("a \xff"), E_BAD_UTF8, 1, 3);
    refuses(TEXT("#=(a)"), E_READER_EVAL, 1, 1);
}

static void brackets_without_end_are_refused(void **state)
{
    size_t len = 100000;
    char *source = memory_new(2 * len);

    (void)state;
    memset(source, '(', len);
    memset(source + len, ')', len);
    refuses((struct text){source, len}, E_READER, 1, LIMIT_READER_DEPTH + 1);
    refuses((struct text){source, 2 * len}, E_READER, 1, LIMIT_READER_DEPTH + 1);
    memset(source, '\'', len);
    refuses((struct text){source, len}, E_READER, 1, LIMIT_READER_DEPTH + 1);
    memory_free(source);
}

static void a_file_over_the_limit_is_refused_and_one_at_it_is_not(void **state)
{
    size_t len = LIMIT_FLOW_FILE;
    char *source = memory_new(len + 1);
    struct buf out CLEANUP(buf_done) = {0};
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i <= len; i++) {
        source[i] = i % 2 ? ' ' : 'a';
    }
    refuses((struct text){source, len + 1}, E_TOO_LARGE, 0, 0);
    memcpy(source, "[ ", 2);
    source[len - 1] = ']';
    assert_true(syntax_format((struct text){source, len}, &out, &err));
    memory_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spaces_between_tokens_are_one),
        cmocka_unit_test(commas_stay_behind_forms_only),
        cmocka_unit_test(tokens_are_kept_byte_for_byte),
        cmocka_unit_test(prefixes_stand_at_their_forms),
        cmocka_unit_test(arguments_stand_below_the_first),
        cmocka_unit_test(bodies_stand_two_spaces_in),
        cmocka_unit_test(flow_calls_have_bodies),
        cmocka_unit_test(pairs_of_cond_and_case_stay_as_they_are),
        cmocka_unit_test(closing_brackets_are_gathered),
        cmocka_unit_test(values_in_a_column_stay_in_one),
        cmocka_unit_test(blank_lines_and_comments_stay),
        cmocka_unit_test(a_line_that_is_too_long_is_broken),
        cmocka_unit_test(exactly_a_hundred_columns_fit),
        cmocka_unit_test(what_does_not_read_is_refused_where_it_is_wrong),
        cmocka_unit_test(brackets_without_end_are_refused),
        cmocka_unit_test(a_file_over_the_limit_is_refused_and_one_at_it_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
