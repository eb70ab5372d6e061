#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/string.h"
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

/* The map that assoc after assoc makes, and the one made at once; both must be in that order. */
static void assert_both_print(const struct value *pairs, uint32_t count, const char *expected)
{
    struct value map = pmap_empty();

    for (uint32_t i = 0; i < count; i++) {
        map = pmap_assoc(&heap, map, pairs[2 * i], pairs[2 * i + 1]);
    }
    assert_prints(map, expected);
    assert_prints(pmap_new(&heap, pairs, count), expected);
    assert_same(map, pmap_new(&heap, pairs, count));
}

static struct value numbered(const char *prefix, int number)
{
    char text[40];

    snprintf(text, sizeof(text), "%s%d", prefix, number);
    return value_of(&heap, text);
}

static void integer_keys_are_in_clojures_order(void **state)
{
    struct value pairs[80];
    (void)state;

    for (int i = 0; i < 40; i++) {
        pairs[2 * i] = pairs[2 * i + 1] = value_int(i);
    }
    assert_both_print(pairs, 40,
                      "{0 0, 7 7, 20 20, 27 27, 1 1, 24 24, 39 39, 4 4, 15 15, 21 21, 31 31, "
                      "32 32, 33 33, 13 13, 22 22, 36 36, 29 29, 6 6, 28 28, 25 25, 34 34, 17 "
                      "17, 3 3, 12 12, 2 2, 23 23, 35 35, 19 19, 11 11, 9 9, 5 5, 14 14, 26 "
                      "26, 16 16, 38 38, 30 30, 10 10, 18 18, 37 37, 8 8}");
}

static void keyword_keys_are_in_clojures_order(void **state)
{
    struct value pairs[80];
    (void)state;

    for (int i = 0; i < 40; i++) {
        pairs[2 * i] = numbered(":k", i);
        pairs[2 * i + 1] = value_int(i);
    }
    assert_both_print(pairs, 40,
                      "{:k26 26, :k19 19, :k8 8, :k28 28, :k11 11, :k18 18, :k5 5, :k12 12, "
                      ":k7 7, :k38 38, :k13 13, :k35 35, :k24 24, :k9 9, :k15 15, :k37 37, "
                      ":k20 20, :k6 6, :k16 16, :k25 25, :k17 17, :k0 0, :k36 36, :k23 23, "
                      ":k10 10, :k21 21, :k3 3, :k34 34, :k4 4, :k22 22, :k30 30, :k14 14, "
                      ":k29 29, :k32 32, :k33 33, :k1 1, :k2 2, :k39 39, :k27 27, :k31 31}");
}

static void vector_keys_are_in_clojures_order(void **state)
{
    struct value pairs[40];
    (void)state;

    for (int i = 0; i < 20; i++) {
        char text[40];

        snprintf(text, sizeof(text), "[%d \"%d\"]", i, i);
        pairs[2 * i] = value_of(&heap, text);
        pairs[2 * i + 1] = value_int(i);
    }
    assert_both_print(
        pairs, 20,
        "{[1 \"1\"] 1, [15 \"15\"] 15, [18 \"18\"] 18, [12 \"12\"] 12, [5 \"5\"] 5, [19 "
        "\"19\"] 19, [6 \"6\"] 6, [0 \"0\"] 0, [3 \"3\"] 3, [13 \"13\"] 13, [9 \"9\"] 9, "
        "[10 \"10\"] 10, [2 \"2\"] 2, [17 \"17\"] 17, [7 \"7\"] 7, [16 \"16\"] 16, [4 "
        "\"4\"] 4, [14 \"14\"] 14, [11 \"11\"] 11, [8 \"8\"] 8}");
}

static void nil_leads_and_colliding_keys_keep_their_order(void **state)
{
    static const char *const keys[] = {"\"BBBB\"", "\"AaAa\"", "nil", "0", "\"AaBB\"", "\"BBAa\"",
                                       "\"Aa\"",   "\"BB\"",   "1",   "2", "3",        "4"};
    struct value pairs[2 * ARRAY_COUNT(keys)];
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        pairs[2 * i] = value_of(&heap, keys[i]);
        pairs[2 * i + 1] = value_int((int64_t)i);
    }
    assert_both_print(
        pairs, ARRAY_COUNT(keys),
        "{nil 2, 0 3, 1 8, 4 11, \"BBBB\" 0, \"AaAa\" 1, \"AaBB\" 4, \"BBAa\" 5, 3 10, "
        "2 9, \"Aa\" 6, \"BB\" 7}");
}

static void eight_entries_keep_their_order_and_the_ninth_makes_a_hash_map(void **state)
{
    struct value map = value_of(&heap, "{:h 1 :g 2 :f 3 :e 4 :d 5 :c 6 :b 7 :a 8}");
    (void)state;

    assert_prints(map, "{:h 1, :g 2, :f 3, :e 4, :d 5, :c 6, :b 7, :a 8}");
    assert_int_equal(map.object->kind, MAP_ARRAY);
    map = pmap_assoc(&heap, map, value_of(&heap, ":a"), value_int(9));
    assert_int_equal(map.object->kind, MAP_ARRAY);
    map = pmap_assoc(&heap, map, value_of(&heap, ":z"), value_int(0));
    assert_int_equal(map.object->kind, MAP_HASH);
    map = pmap_dissoc(&heap, map, value_of(&heap, ":z"));
    assert_int_equal(map.object->kind, MAP_HASH); // and stays one
    assert_int_equal(pmap_count(map), 8);
}

static void hash_map_and_array_map_have_their_kind_whatever_the_count(void **state)
{
    struct value pairs[24];
    (void)state;

    for (int i = 0; i < 12; i++) {
        pairs[2 * i] = numbered(":k", i);
        pairs[2 * i + 1] = value_int(i);
    }
    assert_prints(pmap_new_array(&heap, pairs, 12),
                  "{:k0 0, :k1 1, :k2 2, :k3 3, :k4 4, :k5 5, :k6 6, :k7 7, :k8 8, :k9 9, :k10 10, "
                  ":k11 11}");
    assert_same(pmap_new_array(&heap, pairs, 12), pmap_new(&heap, pairs, 12));
    struct value few[] = {numbered(":", 0), value_nil()};

    few[0] = value_of(&heap, ":a");
    assert_int_equal(pmap_new_hash(&heap, few, 1).object->kind, MAP_HASH);
    assert_int_equal(pmap_new_hash(&heap, few, 0).object->kind, MAP_ARRAY);
}

static void dissoc_leaves_clojures_order(void **state)
{
    struct value map = pmap_empty();
    (void)state;

    for (int i = 0; i < 12; i++) {
        map = pmap_assoc(&heap, map, value_int(i), value_int(i));
    }
    for (int i = 3; i < 7; i++) {
        map = pmap_dissoc(&heap, map, value_int(i));
    }
    assert_prints(map, "{0 0, 7 7, 1 1, 2 2, 11 11, 9 9, 10 10, 8 8}");
    assert_prints(pmap_dissoc(&heap, map, value_int(77)),
                  "{0 0, 7 7, 1 1, 2 2, 11 11, 9 9, 10 10, 8 8}");
}

/* Keys with few distinct hashes, so that buckets come, go, and move down. */
static struct value colliding(int number)
{
    static const char *const blocks[] = {"Aa", "BB"};
    char text[20] = "\"";

    for (int bit = 0; bit < 4; bit++) {
        strncat(text, blocks[number >> bit & 1], 3);
    }
    strncat(text, number & 16 ? "x\"" : "\"", 3);
    return value_of(&heap, text);
}

static void puts_and_removals_agree_with_a_plain_table(void **state)
{
    struct value keys[96];
    int64_t model[ARRAY_COUNT(keys)];
    struct value map = pmap_empty();
    uint32_t random = 12345;
    uint32_t count = 0;
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        keys[i] = i < 32   ? colliding((int)i)
                  : i < 64 ? value_int((int64_t)i)
                           : numbered(":k", (int)i);
        model[i] = -1;
    }
    for (int step = 0; step < 20000; step++) {
        random = random * 1103515245u + 12345;
        size_t i = (random >> 8) % ARRAY_COUNT(keys);

        if (random >> 30) {
            map = pmap_assoc(&heap, map, keys[i], value_int(step));
            count += model[i] < 0;
            model[i] = step;
        } else {
            map = pmap_dissoc(&heap, map, keys[i]);
            count -= model[i] >= 0;
            model[i] = -1;
        }
        assert_int_equal(pmap_count(map), count);
        size_t probe = (random >> 16) % ARRAY_COUNT(keys);
        struct value got = pmap_get(map, keys[probe], value_int(-1));

        assert_int_equal(got.integer, model[probe]);
    }
    struct pmap_iter iter;
    struct value key, value;
    uint32_t seen = 0;

    pmap_iter_init(&iter, map);
    while (pmap_iter_next(&iter, &key, &value)) {
        seen++;
        assert_true(value_equal(pmap_get(map, key, value_nil()), value));
    }
    assert_int_equal(seen, count);
}

static void older_maps_do_not_change(void **state)
{
    struct value maps[200];
    struct value map = pmap_empty();
    (void)state;

    for (int i = 0; i < 200; i++) {
        map = pmap_assoc(&heap, map, value_int(i), value_int(i));
        maps[i] = map;
    }
    for (int i = 0; i < 200; i++) {
        assert_int_equal(pmap_count(maps[i]), i + 1);
        assert_false(pmap_contains(maps[i], value_int(i + 1)));
        assert_true(pmap_contains(maps[i], value_int(i)));
    }
}

static void the_last_of_equal_keys_wins_and_the_first_stays(void **state)
{
    struct value pairs[100];
    (void)state;

    for (int i = 0; i < 50; i++) {
        pairs[2 * i] = value_int(i % 20);
        pairs[2 * i + 1] = value_int(i);
    }
    struct value map = pmap_new(&heap, pairs, 50);

    assert_int_equal(pmap_count(map), 20);
    assert_int_equal(pmap_get(map, value_int(3), value_nil()).integer, 43);
    assert_int_equal(pmap_count(pmap_new_array(&heap, pairs, 50)), 20);
    assert_same(pmap_new_array(&heap, pairs, 50), map);
    for (int i = 0; i < 50; i++) {
        pairs[2 * i] = value_int(i % 3);
    }
    assert_prints(pmap_new(&heap, pairs, 50), "{0 48, 1 49, 2 47}");
}

static void an_input_map_takes_a_keyword_for_a_name_and_the_reverse(void **state)
{
    struct value map = pmap_with_input(&heap, value_of(&heap, "{\"a\" 1 \"b/c\" 2 :d 3}"), true);
    struct value none = value_int(-1);
    struct value key;
    (void)state;

    for (int large = 0; large < 2; large++) {
        assert_true(pmap_is_input(map));
        assert_int_equal(pmap_get(map, value_of(&heap, ":a"), none).integer, 1);
        assert_int_equal(pmap_get(map, value_of(&heap, ":b/c"), none).integer, 2);
        assert_int_equal(pmap_get(map, value_of(&heap, "\"d\""), none).integer, 3);
        assert_int_equal(pmap_get(map, value_of(&heap, ":x/a"), none).integer, -1);
        assert_int_equal(pmap_get(map, value_of(&heap, "a"), none).integer, -1);
        assert_true(pmap_find(map, value_of(&heap, ":a"), &key, NULL));
        assert_prints(key, "\"a\"");
        // the key itself comes first
        struct value both = pmap_assoc(&heap, map, value_of(&heap, ":a"), value_int(9));

        assert_int_equal(pmap_get(both, value_of(&heap, ":a"), none).integer, 9);
        assert_int_equal(pmap_get(both, value_of(&heap, "\"a\""), none).integer, 1);
        assert_false(
            pmap_contains(pmap_dissoc(&heap, map, value_of(&heap, ":a")), value_of(&heap, ":a")));
        assert_true(pmap_is_input(pmap_empty_like(&heap, map)));
        for (int i = 0; i < 20; i++) {
            map = pmap_assoc(&heap, map, value_int(i), value_nil());
        }
    }
    map = value_of(&heap, "{\"a\" 1}");
    assert_int_equal(pmap_get(map, value_of(&heap, ":a"), none).integer, -1);
    assert_same(map, pmap_with_input(&heap, map, true));
}

static void c_code_finds_by_name(void **state)
{
    struct value map = value_of(&heap, "{:a 1 \"b\" 2}");
    (void)state;

    for (int large = 0; large < 2; large++) {
        assert_int_equal(pmap_get_named(map, "a").integer, 1);
        assert_int_equal(pmap_get_named(map, "b").integer, 2);
        assert_true(value_is_nil(pmap_get_named(map, "c")));
        for (int i = 0; i < 20; i++) {
            map = pmap_assoc(&heap, map, value_int(i), value_nil());
        }
    }
    assert_int_equal(pmap_get_named(pmap_put_named(&heap, map, "c", value_int(3)), "c").integer, 3);
}

static void metadata_stays_over_changes(void **state)
{
    struct value map = value_of(&heap, "^{:m 1} {:a 1}");
    (void)state;

    map = pmap_dissoc(&heap, pmap_assoc(&heap, map, value_int(1), value_int(2)), value_int(1));
    assert_prints(object_get_meta(map), "{:m 1}");
    assert_prints(object_get_meta(pmap_empty_like(&heap, map)), "{:m 1}");
    assert_true(value_is_nil(object_get_meta(pmap_empty())));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(integer_keys_are_in_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keyword_keys_are_in_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(vector_keys_are_in_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nil_leads_and_colliding_keys_keep_their_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            eight_entries_keep_their_order_and_the_ninth_makes_a_hash_map, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hash_map_and_array_map_have_their_kind_whatever_the_count,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(dissoc_leaves_clojures_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(puts_and_removals_agree_with_a_plain_table, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(older_maps_do_not_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_of_equal_keys_wins_and_the_first_stays, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_input_map_takes_a_keyword_for_a_name_and_the_reverse,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(c_code_finds_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(metadata_stays_over_changes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
