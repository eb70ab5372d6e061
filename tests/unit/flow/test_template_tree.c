#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "flow/template_tree.h"
#include "tests/unit/flow/statics_fixture.h"

#define HEAD                                                                                    \
    "{:slug :orders :name \"Orders\" :concurrency {:type :singleton :on-new-version :coexist} " \
    ":flow '1 :templates [{:id :t "

/* rest: what follows the id. */
static struct template_tree tree_of(const char *rest)
{
    struct text source = arena_printf(&arena, HEAD "%s}]}", rest);
    struct diagnostics diagnostics;
    struct template_tree tree = {0};
    struct error err = {0};

    diagnostic_init(&diagnostics, &arena);
    const struct definition *definition = definition_read(&arena, source, &diagnostics);

    if (!definition) {
        fail_msg("%s: " TEXT_FMT, rest, TEXT_ARG(diagnostics.first->message));
        return tree;
    }
    assert_true(
        template_tree_build(&definition->templates[0], source, &arena, &statics, &tree, &err));
    return tree;
}

static void gives(const char *rest, const char *data, const char *expected)
{
    struct template_tree tree = tree_of(rest);
    struct error err = {0};
    struct value value;

    if (!template_tree_expand(&tree, &heap, value_of(&heap, data), &value, &err)) {
        fail_msg("%s: %s", rest, err.message);
    }
    assert_prints(value, expected);
}

static void refuses(const char *rest, const char *data, enum error_code code, const char *message)
{
    struct template_tree tree = tree_of(rest);
    struct error err = {0};
    struct value value = value_int(-1);

    assert_false(template_tree_expand(&tree, &heap, value_of(&heap, data), &value, &err));
    assert_int_equal(err.code, code);
    assert_int_equal(value.integer, -1);
    if (!strstr(err.message, message)) fail_msg("%s lacks %s", err.message, message);
}

static void a_request_expands_leaf_by_leaf(void **state)
{
    (void)state;
    gives(":type :http-request :request {:method :get :json {:n 1 :a [1 #{2} nil]}}", "{}",
          "{:method :get, :json {:n 1, :a [1 #{2} nil]}}");
    gives(":type :http-request :request {:json {\"id\" \"{{id}}\" :all [\"{{xs}}\" \"a {{id}}\"]}}",
          "{:id 7 :xs [1 {:b nil}]}", "{:json {\"id\" 7, :all [[1 {:b nil}] \"a 7\"]}}");
    gives(":type :http-request :request {:query {:q \"{{q}}\" :none \"{{none}}\"}}",
          "{\"q\" \"a b&c\"}", "{:query {:q \"a b&c\", :none nil}}");
    gives(":type :http-request :request {:body \"Dear {{name}}, {{#if vip}}!{{/if}}\"}",
          "{:name \"Ada\" :vip true}", "{:body \"Dear Ada, !\"}");
    gives(":type :http-request :request {:headers {:authorization {:secret-ref :key}}}", "{}",
          "{:headers {:authorization {:secret-ref :key}}}");
}

static void what_data_brings_into_a_path_is_encoded(void **state)
{
    (void)state;
    gives(":type :http-request :request {:path \"/users/{{id}}/{{name}}\"}",
          "{:id \"7?x=1#/\" :name \"\u00e9 \"}", "{:path \"/users/7%3Fx%3D1%23%2F/%C3%A9%20\"}");
    gives(":type :http-request :request {:path \"{{id}}\"}", "{:id \"a/b\"}", "{:path \"a%2Fb\"}");
    gives(":type :http-request :request {:path \"/{{{path}}}\"}", "{:path \"a/b?c\"}",
          "{:path \"/a/b?c\"}");
    gives(":type :http-request :request {:url \"https://x.example/{{id}}?q={{q}}\"}",
          "{:id \"a/b\" :q \"a&b\"}", "{:url \"https://x.example/a%2Fb?q=a%26b\"}");
    gives(":type :http-request :request {:url \"https://{{host}}.example/\"}",
          "{:host \"evil.com/\"}", "{:url \"https://evil.com%2F.example/\"}");
    // the address itself comes from the flow
    gives(":type :http-request :request {:url \"{{shop}}/orders/{{id}}\"}",
          "{:shop \"https://shop.example\" :id \"o/1\"}",
          "{:url \"https://shop.example/orders/o%2F1\"}");
    gives(":type :http-request :request {:url \"{{shop}}\"}", "{:shop \"https://shop.example/a\"}",
          "{:url \"https://shop.example/a\"}");
    // only of the request itself
    gives(":type :http-request :request {:json {:path \"/{{id}}\" :url \"{{id}}\"}}",
          "{:id \"a/b\"}", "{:json {:path \"/a/b\", :url \"a/b\"}}");
}

static void dots_do_not_leave_the_path(void **state)
{
    static const char *const ids[] = {"\"..\"", "\".\"", "\"%2e%2e\""};

    (void)state;
    refuses(":type :http-request :request {:path \"/users/{{id}}/x\"}", "{:id \"..\"}", E_INPUT,
            "\"..\"");
    refuses(":type :http-request :request {:path \"/users/{{a}}{{a}}\"}", "{:a \".\"}", E_INPUT,
            "\"..\"");
    refuses(":type :http-request :request {:url \"https://x.example/{{id}}?q=1\"}", "{:id \"..\"}",
            E_INPUT, "\"..\"");
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        refuses(":type :http-request :request {:path \"/users/{{{id}}}\"}",
                arena_printf(&arena, "{:id %s}", ids[i]).ptr, E_INPUT, "part of the path");
    }
    gives(":type :http-request :request {:url \"https://x.example/a?f=../{{id}}\"}", "{:id \"..\"}",
          "{:url \"https://x.example/a?f=../..\"}");
    gives(":type :http-request :request {:path \"/v1.2/{{id}}\"}", "{:id \"...\"}",
          "{:path \"/v1.2/...\"}");
}

static void headers_stay_on_their_line(void **state)
{
    (void)state;
    gives(":type :http-request :request {:headers {\"X-Id\" \"{{id}}\" :x-n \"n {{n}}\"}}",
          "{:id \"a\" :n 5}", "{:headers {\"X-Id\" \"a\", :x-n \"n 5\"}}");
    refuses(":type :http-request :request {:headers {\"X-Id\" \"{{id}}\"}}", "{:id \"a\\nb\"}",
            E_INPUT, "X-Id");
    refuses(":type :http-request :request {:headers {:x-id \"id {{id}}\"}}", "{:id \"\\r\"}",
            E_INPUT, "x-id");
}

static void html_is_escaped_in_texts_only(void **state)
{
    (void)state;
    gives(":type :http-request :escape :html :request {:json {:a \"{{x}}\" :b \"<{{x}}>\" :c "
          "\"{{{x}}}\" :n \"{{n}}\"} :path \"/{{x}}\" :headers {:h \"{{x}}\"}}",
          "{:x \"<&\" :n 5}",
          "{:json {:a \"&lt;&amp;\", :b \"<&lt;&amp;>\", :c \"<&\", :n 5}, :path \"/%3C%26\", "
          ":headers {:h \"<&\"}}");
}

static void prompts_and_notifications_expand(void **state)
{
    (void)state;
    gives(":type :llm-prompt :system \"Be {{how}}.\" :prompt \"{{text}}\"",
          "{:how \"brief\" :text [1]}", "{:system \"Be brief.\", :prompt \"[1]\"}");
    gives(":type :llm-prompt :prompt \"Hi\"", "{}", "{:prompt \"Hi\"}");
    gives(":type :notification :channels {:http {:path \"/{{id}}\" :headers {:a \"{{id}}\"} :json "
          "{:path \"{{id}}\"}} :email {:to \"{{id}}\"}}",
          "{:id \"a/b\"}",
          "{:http {:path \"/a%2Fb\", :headers {:a \"a/b\"}, :json {:path \"a/b\"}}, :email {:to "
          "\"a/b\"}}");
    refuses(":type :notification :channels {:http {:headers {:a \"{{id}}\"}}}", "{:id \"\\n\"}",
            E_INPUT, "header a");
}

static void values_of_a_query_are_parameters(void **state)
{
    (void)state;
    gives(":type :db-query :sql \"select * from t where a = {{a}} and b = {{b.c}}\"",
          "{:a 1 :b {:c \"x' or 1=1 --\"}}",
          "{:sql \"select * from t where a = $1 and b = $2\", :params [1 \"x' or 1=1 --\"]}");
    gives(":type :db-query :sql \"select 1 where x in ({{#each ids}}{{this}}{{#unless @last}}, "
          "{{/unless}}{{/each}}){{#if n}} limit {{n}}{{/if}}\"",
          "{:ids [:a nil [1]] :n 5}",
          "{:sql \"select 1 where x in ($1, $2, $3) limit $4\", :params [:a nil [1] 5]}");
    gives(":type :db-query :sql \"{{a}}\"", "{:a 1}", "{:sql \"$1\", :params [1]}");
    gives(":type :db-query :sql \"limit{{a}}5 {{a}}{{b}}\"", "{:a 1 :b 2}",
          "{:sql \"limit $1 5 $2 $3\", :params [1 1 2]}");
    gives(":type :db-query :sql \"select '\\\\{{a}}', \\\"x$1\\\", "
          "$q$ $2 $q$ where a = {{a}} -- it's\"",
          "{:a 1}",
          "{:sql \"select '{{a}}', \\\"x$1\\\", $q$ $2 $q$ where a = $1 -- it's\", :params [1]}");
}

/* Whatever the value, and wherever the tag: the SQL is the same for all values. */
static void no_value_is_ever_part_of_the_sql(void **state)
{
    static const char *const queries[] = {
        "select {{v}}",
        "select * from t where a={{v}} and b in ({{#each vs}}{{this}},{{/each}}0)",
        "{{#with m}}update t set a = {{v}}{{json v}}{{join ../vs}}{{/with}}",
        "{{#if v}}{{default none v}}{{/if}} {{first vs}} {{last vs}} {{truncate v length=2}}",
        "{{#each m}}{{@key}} {{this}}{{/each}} {{@root.v}} {{length vs}}",
    };
    static const char *const values[] = {
        "QQ'; drop table t; --", "QQ\\\"", "QQ{{v}}", "QQ$1", "QQ\\n--", "QQ/*", "QQ$$", "QQ\u00e9",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
        struct template_tree tree =
            tree_of(arena_printf(&arena, ":type :db-query :sql \"%s\"", queries[i]).ptr);
        struct text first = TEXT_NONE;

        for (size_t j = 0; j < ARRAY_COUNT(values); j++) {
            const char *v = values[j];
            struct value data = value_of(
                &heap,
                arena_printf(&arena, "{:v \"%s\" :vs [\"%s\" \"%s\"] :m {:v \"%s\"}}", v, v, v, v)
                    .ptr);
            struct error err = {0};
            struct buf sql = {0};
            struct value out;

            assert_true(template_tree_expand(&tree, &heap, data, &out, &err));
            string_append_utf8(pmap_get_named(out, "sql"), &sql);
            assert_true(text_index_of(buf_get(&sql), TEXT("QQ")) < 0);
            if (!first.ptr) first = arena_text(&arena, buf_get(&sql));
            assert_true(text_equal(first, buf_get(&sql)));
            assert_true(pvec_count(pmap_get_named(out, "params")) > 0);
            buf_done(&sql);
        }
    }
}

static void what_a_template_makes_is_bounded(void **state)
{
    struct buf big = {0};

    (void)state;
    buf_cstr(&big, "{:x \"");
    for (int i = 0; i < 300000; i++) {
        buf_char(&big, 'x');
    }
    buf_cstr(&big, "\"}");
    refuses(":type :http-request :request {:body \"{{x}}{{x}}\"}", big.ptr, E_LIMIT, "larger");
    refuses(":type :http-request :request {:body \"{{#each x}}{{/each}}{{json x}}{{json x}}\"}",
            big.ptr, E_LIMIT, "larger");
    buf_done(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_expands_leaf_by_leaf, start, stop),
        cmocka_unit_test_setup_teardown(what_data_brings_into_a_path_is_encoded, start, stop),
        cmocka_unit_test_setup_teardown(dots_do_not_leave_the_path, start, stop),
        cmocka_unit_test_setup_teardown(headers_stay_on_their_line, start, stop),
        cmocka_unit_test_setup_teardown(html_is_escaped_in_texts_only, start, stop),
        cmocka_unit_test_setup_teardown(prompts_and_notifications_expand, start, stop),
        cmocka_unit_test_setup_teardown(values_of_a_query_are_parameters, start, stop),
        cmocka_unit_test_setup_teardown(no_value_is_ever_part_of_the_sql, start, stop),
        cmocka_unit_test_setup_teardown(what_a_template_makes_is_bounded, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
