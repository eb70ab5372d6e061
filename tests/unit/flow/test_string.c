#include "flow/string.h"
#include "flow/utf.h"
#include "tests/unit/flow/value_fixture.h"

static struct heap heap;

static int set_up(void **state)
{
    (void)state;
    heap_init(&heap, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    heap_done(&heap);
    return 0;
}

static void text_comes_back_as_it_went_in(void **state)
{
    static const char *const texts[] = {"", "plain", "Grüße", "Привет", "a🎉b", "\x7f"};
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct value string = string_from_cstr(&heap, texts[i]);

        assert_displays(string, texts[i]);
        assert_true(string_equal_text(string, text_from(texts[i])));
        assert_false(string_equal_text(string, TEXT("other")));
        assert_true(string_is_well_formed(string));
        assert_int_equal(string_hash(string), string_hash_utf8(text_from(texts[i])));
    }
}

static void units_are_the_jvms(void **state)
{
    struct value party = string_from_cstr(&heap, "a🎉é");
    (void)state;

    assert_int_equal(string_length(party), 4);
    assert_int_equal(string_unit(party, 1), 0xD83C);
    assert_int_equal(string_unit(party, 2), 0xDF89);
    assert_true(string_is_wide(party));
    assert_false(string_is_wide(string_from_cstr(&heap, "é")));
    // without what was wide it is narrow again, so that equal strings look equal
    assert_false(string_is_wide(string_slice(&heap, party, 3, 4)));
    assert_same(string_slice(&heap, party, 3, 4), string_from_cstr(&heap, "é"));
}

static void halves_of_pairs_stand_alone_and_join_again(void **state)
{
    struct value party = string_from_cstr(&heap, "🎉");
    struct value high = string_slice(&heap, party, 0, 1);
    struct value low = string_slice(&heap, party, 1, 2);
    struct buf text = {0};
    (void)state;

    assert_false(string_is_well_formed(high));
    assert_false(string_is_well_formed(low));
    assert_same(string_concat(&heap, high, low), party);
    // through UTF-8 as str does it
    string_append_utf8(high, &text);
    string_append_utf8(low, &text);
    assert_same(string_from_utf8(&heap, buf_get(&text)), party);
    buf_reset(&text);
    buf_cstr(&text, "x");
    string_append_utf8(high, &text);
    buf_cstr(&text, "y");
    string_scrub(&text, 0);
    assert_string_equal(text.ptr, "x?y");
    buf_done(&text);
}

static void bad_bytes_become_the_replacement_character(void **state)
{
    (void)state;
    assert_displays(string_from_utf8(&heap, TEXT("a\xff"
                                                 "b")),
                    "a\xEF\xBF\xBD"
                    "b");
    assert_displays(string_from_utf8(&heap, TEXT("\xc3")), "\xEF\xBF\xBD");
    assert_displays(string_from_utf8(&heap, TEXT("\xc0\x80")), "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_displays(string_from_utf8(&heap, TEXT("\xf8\x88\x80\x80\x80")),
                    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void parts_are_found(void **state)
{
    struct value narrow = string_from_cstr(&heap, "abcabc");
    struct value wide = string_from_cstr(&heap, "aяcaяc");
    struct value part = string_from_cstr(&heap, "ca");
    (void)state;

    assert_int_equal(string_index_of(narrow, part, 0), 2);
    assert_int_equal(string_index_of(wide, part, 0), 2);
    assert_int_equal(string_index_of(wide, part, 3), -1);
    assert_int_equal(string_index_of(narrow, string_empty(), 2), 2);
    assert_int_equal(string_index_of(narrow, string_from_cstr(&heap, "bc"), -5), 1);
    assert_int_equal(string_last_index_of(narrow, string_from_cstr(&heap, "bc"), 99), 4);
    assert_int_equal(string_last_index_of(narrow, string_from_cstr(&heap, "bc"), 3), 1);
    assert_int_equal(string_last_index_of(narrow, string_from_cstr(&heap, "я"), 9), -1);
}

static void a_builder_widens_when_it_must(void **state)
{
    struct string_builder builder = {0};
    (void)state;

    assert_same(string_builder_make(&builder, &heap), string_empty());
    string_builder_add_utf8(&builder, TEXT("né"));
    assert_displays(string_builder_make(&builder, &heap), "né");
    string_builder_add(&builder, string_from_cstr(&heap, "я"));
    string_builder_add_unit(&builder, 'x');
    string_builder_add_slice(&builder, string_from_cstr(&heap, "12345"), 1, 3);
    assert_displays(string_builder_make(&builder, &heap), "néяx23");
    string_builder_done(&builder);
}

static void comparison_is_javas(void **state)
{
    (void)state;
    assert_int_equal(string_compare(string_from_cstr(&heap, "b"), string_from_cstr(&heap, "a")), 1);
    assert_int_equal(string_compare(string_from_cstr(&heap, "abc"), string_from_cstr(&heap, "a")),
                     2);
    // by units: a surrogate is below U+FF61
    assert_true(string_compare(string_from_cstr(&heap, "🎉"), string_from_cstr(&heap, "｡")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_comes_back_as_it_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(units_are_the_jvms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(halves_of_pairs_stand_alone_and_join_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bad_bytes_become_the_replacement_character, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parts_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_builder_widens_when_it_must, set_up, tear_down),
        cmocka_unit_test_setup_teardown(comparison_is_javas, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
