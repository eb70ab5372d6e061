#include "base/crypto.h"
#include "flow/source_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

#define SOURCE(body)                                                                       \
    TEXT("{:slug :a :name \"A\" :concurrency {:type :singleton :on-new-version :coexist} " \
         ":flow '" body "}")

static struct core *core;

static int setup(void **state)
{
    (void)state;
    crypto_start();
    core = vm_core_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vm_core_free(core);
    return 0;
}

static void the_same_source_is_compiled_once(void **state)
{
    struct source_cache cache;
    struct source_place one = {0}, two = {0};
    struct error err = {0};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 10);
    source_cache_put(&cache, &one, 1, SOURCE("(+ 1 2)"));
    source_cache_put(&cache, &two, 1, SOURCE("(+ 1 2)"));
    struct image *image = source_cache_image(&one, &err);

    assert_non_null(image);
    assert_ptr_equal(source_cache_image(&two, &err), image);
    assert_int_equal(cache.compiled, 1);
    source_cache_done(&cache);
}

static void other_sources_and_levels_of_the_language_share_nothing(void **state)
{
    struct source_cache cache;
    struct source_place one = {0}, two = {0}, three = {0};
    struct error err = {0};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 10);
    source_cache_put(&cache, &one, 1, SOURCE("(+ 1 2)"));
    source_cache_put(&cache, &two, 1, SOURCE("(+ 1 3)"));
    source_cache_put(&cache, &three, 2, SOURCE("(+ 1 2)"));
    struct image *image = source_cache_image(&one, &err);

    assert_ptr_not_equal(source_cache_image(&two, &err), image);
    assert_ptr_not_equal(source_cache_image(&three, &err), image);
    source_cache_done(&cache);
}

static void a_source_is_known_by_its_key_in_any_cache_that_has_it(void **state)
{
    struct source_cache here, there;
    struct source_place one = {0}, two = {0};
    struct error err = {0};
    (void)state;

    source_cache_init(&here, core, 1 << 20, 10);
    source_cache_init(&there, core, 1 << 20, 10);
    source_cache_put(&here, &one, 1, SOURCE("1"));
    assert_false(source_cache_join(&there, &two, source_cache_key(&one)));
    assert_null(two.entry);
    source_cache_put(&there, &two, 1, SOURCE("1"));
    struct image *image = source_cache_image(&two, &err);

    source_cache_leave(&two);
    assert_true(source_cache_join(&there, &two, source_cache_key(&one)));
    assert_ptr_equal(source_cache_image(&two, &err), image);
    source_cache_done(&here);
    source_cache_done(&there);
}

static void definition_and_image_come_of_one_place(void **state)
{
    struct source_cache cache;
    struct source_place place = {0};
    struct error err = {0};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 10);
    source_cache_put(&cache, &place, 1, SOURCE("1"));
    const struct definition *definition = source_cache_definition(&place, &err);

    assert_non_null(definition);
    assert_non_null(source_cache_image(&place, &err));
    assert_ptr_equal(source_cache_definition(&place, &err), definition);
    source_cache_done(&cache);
}

static void the_longest_unused_goes_first_and_its_places_are_lost(void **state)
{
    struct source_cache cache;
    struct source_place places[3] = {{0}};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 2);
    source_cache_put(&cache, &places[0], 1, SOURCE("0"));
    source_cache_put(&cache, &places[1], 1, SOURCE("1"));
    source_cache_put(&cache, &places[0], 1, SOURCE("0")); // used again
    source_cache_put(&cache, &places[2], 1, SOURCE("2"));
    assert_non_null(places[0].entry);
    assert_null(places[1].entry);
    assert_non_null(places[2].entry);
    source_cache_done(&cache);
    assert_null(places[0].entry);
}

static void what_is_needed_now_stays_although_it_is_too_large(void **state)
{
    struct source_cache cache;
    struct source_place small = {0}, large = {0};
    struct error err = {0};
    (void)state;

    source_cache_init(&cache, core, 1, 10);
    source_cache_put(&cache, &small, 1, SOURCE("1"));
    source_cache_put(&cache, &large, 1, SOURCE("[1 2 3]"));
    assert_null(small.entry);
    assert_non_null(source_cache_image(&large, &err));
    source_cache_done(&cache);
}

static void a_source_that_cannot_be_read_says_why_each_time(void **state)
{
    struct source_cache cache;
    struct source_place place = {0};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 10);
    source_cache_put(&cache, &place, 1, TEXT("{:slug"));
    for (int i = 0; i < 2; i++) {
        struct error err = {0};

        assert_null(source_cache_definition(&place, &err));
        assert_int_not_equal(err.code, E_NONE);
        err = (struct error){0};
        assert_null(source_cache_image(&place, &err));
        assert_int_not_equal(err.code, E_NONE);
    }
    source_cache_done(&cache);
}

static void a_functions_code_is_compiled_once(void **state)
{
    struct source_cache cache;
    struct error err = {0};
    (void)state;

    source_cache_init(&cache, core, 1 << 20, 10);
    struct image *image = source_cache_function(&cache, TEXT("(fn [x] x)"), &err);

    assert_non_null(image);
    assert_ptr_equal(source_cache_function(&cache, TEXT("(fn [x] x)"), &err), image);
    assert_null(source_cache_function(&cache, TEXT("(fn"), &err));
    source_cache_done(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_source_is_compiled_once),
        cmocka_unit_test(other_sources_and_levels_of_the_language_share_nothing),
        cmocka_unit_test(a_source_is_known_by_its_key_in_any_cache_that_has_it),
        cmocka_unit_test(definition_and_image_come_of_one_place),
        cmocka_unit_test(the_longest_unused_goes_first_and_its_places_are_lost),
        cmocka_unit_test(what_is_needed_now_stays_although_it_is_too_large),
        cmocka_unit_test(a_source_that_cannot_be_read_says_why_each_time),
        cmocka_unit_test(a_functions_code_is_compiled_once),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
