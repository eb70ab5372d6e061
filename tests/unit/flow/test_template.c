#include "base/limits.h"
#include "flow/template.h"
#include "tests/unit/flow/value_fixture.h"

static struct arena arena;
static struct heap heap;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, 1 << 26);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    heap_done(&heap);
    arena_done(&arena);
    return 0;
}

static const struct template *parse(const char *source)
{
    struct error err = {0};
    const struct template *template = template_parse(&arena, text_from(source), false, NULL, &err);

    if (!template) fail_msg("%s: %d:%d %s", source, err.line, err.column, err.message);
    return template;
}

static bool render(const char *source, struct template_run *run, struct buf *out, struct error *err)
{
    run->heap = &heap;
    if (run->fuel == 0) run->fuel = LIMIT_TEMPLATE_FUEL;
    bool ok = template_render(parse(source), run, out, err);

    template_render_done(run);
    return ok;
}

static void gives_as(const char *source, const char *data, enum template_escape escape,
                     const char *expected)
{
    struct template_run run = {.data = value_of(&heap, data), .escape = escape};
    struct buf out = {.limit = LIMIT_STEP_RESULT};
    struct error err = {0};

    if (!render(source, &run, &out, &err)) fail_msg("%s: %s", source, err.message);
    if (!text_equal(buf_get(&out), text_from(expected))) {
        fail_msg("%s gives\n  %s, not\n  %s", source, buf_get(&out).ptr, expected);
    }
    buf_done(&out);
}

static void gives(const char *source, const char *data, const char *expected)
{
    gives_as(source, data, TEMPLATE_PLAIN, expected);
}

static void text_without_tags_is_itself(void **state)
{
    (void)state;
    gives("", "{}", "");
    gives("plain { } }} text", "{}", "plain { } }} text");
    assert_false(template_parse_has_tags(TEXT("a {b} }}")));
    assert_true(template_parse_has_tags(TEXT("a {{b}}")));
}

static void paths_find_keywords_and_strings(void **state)
{
    (void)state;
    gives("{{a}} {{b}}", "{:a 1 \"b\" 2}", "1 2");
    gives("{{ order-id }}", "{:order-id \"o-1\"}", "o-1");
    gives("{{a.b.c}} {{a/b/c}}", "{:a {\"b\" {:c \"x\"}}}", "x x");
    gives("{{items.0}}{{items.[1]}}{{items.9}}", "{:items [:x :y]}", "xy");
    gives("{{[a b].c}} {{[ns/key]}}", "{\"a b\" {:c 1} :ns/key 2}", "1 2");
    gives("{{this.a}} {{./a}}", "{:a 1}", "1 1");
    gives("{{@root.a.b}}", "{:a {:b 3}}", "3");
    gives("{{first}} {{length}}", "{:first \"Ada\" :length 3}", "Ada 3");
}

static void what_is_missing_is_nothing(void **state)
{
    (void)state;
    gives("[{{a}}{{a.b.c}}{{../a}}{{../../a.b}}{{@index}}{{@key}}]", "{:b 1}", "[]");
    gives("[{{a.b}}{{a.0}}]", "{:a \"text\"}", "[]");
    gives("[{{a}}]", "nil", "[]");
}

static void values_are_written_as_people_read_them(void **state)
{
    (void)state;
    gives("{{a}}", "{:a true}", "true");
    gives("{{a}}", "{:a :ns/key}", "ns/key");
    gives("{{a}}", "{:a 1.50M}", "1.50");
    gives("{{a}}", "{:a 1/2}", "1/2");
    gives("{{a}}", "{:a \\x}", "x");
    gives("{{a}}", "{:a #uuid \"b6883c0a-0342-4007-9966-bc2dfa6b109e\"}",
          "b6883c0a-0342-4007-9966-bc2dfa6b109e");
    gives("{{a}}", "{:a #inst \"2020-01-02T03:04:05Z\"}", "2020-01-02T03:04:05.000Z");
    gives("{{a}}", "{:a [1 {:b nil}]}", "[1,{\"b\":null}]");
    gives("{{a}}", "{:a \"h\u00e9 \U0001F600\"}", "h\u00e9 \U0001F600");
}

static void blocks_choose(void **state)
{
    static const char choose[] = "{{#if a}}A{{else if b}}B{{else}}C{{/if}}";

    (void)state;
    gives(choose, "{:a 1 :b 1}", "A");
    gives(choose, "{:b 1}", "B");
    gives(choose, "{}", "C");
    gives("{{#if a}}A{{else if b}}B{{/if}}.", "{}", ".");
    gives("{{#unless a}}no{{else}}yes{{/unless}}", "{:a 1}", "yes");
    gives("{{#unless a}}no{{^}}yes{{/unless}}", "{}", "no");
    gives("{{#if a}}{{#if b}}both{{else}}a{{/if}}{{else}}none{{/if}}", "{:a 1}", "a");
}

static void empty_is_what_handlebars_says(void **state)
{
    static const char *const empty[] = {"nil", "false", "0", "0.0", "\"\"", "[]", "()", "#{}"};
    static const char *const full[] = {"true", "1", "\"0\"", "[nil]", "{}", "{:a 1}", ":k"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(empty); i++) {
        gives("{{#if a}}full{{else}}empty{{/if}}", arena_printf(&arena, "{:a %s}", empty[i]).ptr,
              "empty");
    }
    for (size_t i = 0; i < ARRAY_COUNT(full); i++) {
        gives("{{#if a}}full{{else}}empty{{/if}}", arena_printf(&arena, "{:a %s}", full[i]).ptr,
              "full");
    }
}

static void each_goes_through_collections(void **state)
{
    (void)state;
    gives("{{#each a}}{{@index}}={{this}}{{#unless @last}}, {{/unless}}{{/each}}",
          "{:a [:x :y :z]}", "0=x, 1=y, 2=z");
    gives("{{#each a}}{{#if @first}}<{{/if}}{{.}}{{#if @last}}>{{/if}}{{/each}}", "{:a (1 2)}",
          "<12>");
    gives("{{#each a}}{{@key}}:{{this}};{{/each}}", "{:a {:x 1 \"y\" 2}}", "x:1;y:2;");
    gives("{{#each a}}{{@key}}{{this}}{{/each}}", "{:a [:x]}", "0x");
    gives("{{#each a}}{{name}} {{/each}}", "{:a [{:name 1} {\"name\" 2}]}", "1 2 ");
    gives("{{#each a}}x{{else}}none{{/each}}", "{:a []}", "none");
    gives("{{#each a}}x{{else}}none{{/each}}", "{}", "none");
    gives("{{#each a}}x{{else}}none{{/each}}", "{:a \"text\"}", "none");
    gives("{{#each a}}x{{else}}none{{/each}}", "{:a [nil]}", "x");
    gives("{{#each a}}x{{else if b}}b{{/each}}", "{:b 1}", "b");
    gives("{{#each this}}{{this}}{{/each}}", "[1 2]", "12");
}

static void scopes_are_left_upwards(void **state)
{
    (void)state;
    gives("{{#each a}}{{#each this}}{{../../x}}{{@../index}}{{@index}}{{this}} {{/each}}{{/each}}",
          "{:x :t :a [[1 2] [3]]}", "t001 t012 t103 ");
    gives("{{#with a}}{{b}}{{../c}}{{@root.c}}{{/with}}", "{:a {:b 1} :c 2}", "122");
    gives("{{#with a}}{{this}}{{else}}none{{/with}}", "{}", "none");
    gives("{{#each a}}{{#with b}}{{@index}}{{../n}}{{/with}}{{/each}}",
          "{:a [{:n :x :b {}} {:n :y :b {:z 1}}]}", "0x1y");
    gives("{{#each a}}{{../this.b}}{{#if b}}{{../b}}{{/if}}{{/each}}", "{:a [{:b 1}] :b 2}", "22");
    gives("{{#each a}}{{..}}{{/each}}", "{:a [1]}", "{\"a\":[1]}");
}

static void names_are_looked_for_outwards_but_for_local_paths(void **state)
{
    (void)state;
    gives("{{#each a}}{{n}}{{c}} {{/each}}", "{:c \"EUR\" :a [{:n 1} {:n 2 :c \"NOK\"}]}",
          "1EUR 2NOK ");
    gives("{{#each a}}{{this.c}}{{./c}}{{/each}}", "{:c 1 :a [{:n 1}]}", "");
    gives("{{#with a}}{{#each b}}{{../c}}{{/each}}{{/with}}", "{:c 1 :a {:b [1]}}", "");
}

static void helpers_work(void **state)
{
    (void)state;
    gives("{{truncate t length=3}}", "{:t \"abcdef\"}", "abc...");
    gives("{{truncate t length=3 suffix=\"!\"}}", "{:t \"abcdef\"}", "abc!");
    gives("{{truncate t 2 ''}}", "{:t \"h\u00e9\u00e9\"}", "h\u00e9");
    gives("{{truncate t length=6}}{{truncate none}}", "{:t \"abcdef\"}", "abcdef");
    gives("{{truncate t length=n}}", "{:t \"abcdef\" :n 1}", "a...");
    gives("{{json a}}", "{:a {:b [1 nil \"x\"]}}", "{\"b\":[1,null,\"x\"]}");
    gives("{{json a pretty=true}}", "{:a {:b 1}}", "{\n  \"b\": 1\n}");
    gives("{{json a}}{{json none}}", "{:a \"q\\\"\"}", "\"q\\\"\"null");
    gives("{{length a}} {{length b}} {{length none}}", "{:a [1 2] :b \"abc\"}", "2 3 0");
    gives("{{length a}}", "{:a {:b 1}}", "1");
    gives("{{join a}}|{{join a \"-\"}}|{{join a separator=\"\"}}", "{:a [1 :b nil]}",
          "1, b, |1-b-|1b");
    gives("{{join a}}", "{:a 5}", "5");
    gives("{{first a}}{{last a}}{{first b}}{{last b}}", "{:a [1 2] :b (3 4)}", "1234");
    gives("{{first a}}{{last a}}{{first b}}", "{:a \"xyz\" :b []}", "xz");
    gives("{{default a \"none\"}}{{default b c}}{{default d 0}}", "{:a \"\" :c 7 :d false}",
          "none7false");
}

static void braces_and_space_can_be_had(void **state)
{
    (void)state;
    gives("\\{{a}} {{a}}", "{:a 1}", "{{a}} 1");
    gives("\\\\{{a}}", "{:a 1}", "\\1");
    gives("a {{~b~}} c", "{:b 1}", "a1c");
    gives("a {{~#if b~}} x {{~/if~}} c", "{:b 1}", "axc");
    gives("a {{! b }} c {{!-- }} -- d --}} e", "{}", "a  c  e");
    gives("a {{~! b ~}} c {{~!-- d --~}} e", "{}", "ace");
    gives("{{#each a~}}\n {{this}}\n{{~/each}}", "{:a [1 2]}", "12");
}

static void html_is_escaped_where_it_is_asked_for(void **state)
{
    static const char data[] = "{:a \"<b a='1'>&\\\"`\"}";

    (void)state;
    gives("{{a}}", data, "<b a='1'>&\"`");
    gives_as("<p>{{a}}</p>", data, TEMPLATE_HTML,
             "<p>&lt;b a&#x3D;&#x27;1&#x27;&gt;&amp;&quot;&#x60;</p>");
    gives_as("{{{a}}}{{&a}}{{~{a}~}}", "{:a \"<\"}", TEMPLATE_HTML, "<<<");
    gives_as("/x/{{a}}", "{:a \"a b/\u00e9?\"}", TEMPLATE_URL, "/x/a%20b%2F%C3%A9%3F");
}

static void mistakes_have_a_position(void **state)
{
    static const struct {
        const char *source;
        int line, column;
    } cases[] = {
        {"{{", 1, 1},
        {"ab\n {{a", 2, 2},
        {"{{a}", 1, 1},
        {"{{}}", 1, 1},
        {"{{ }}", 1, 1},
        {"{{#if a}}\nx", 1, 1},
        {"x{{#if}}{{/if}}", 1, 2},
        {"{{#if a b}}{{/if}}", 1, 1},
        {"{{#if a}}{{/each}}", 1, 10},
        {"{{#each a}}{{#if b}}{{/each}}{{/if}}", 1, 21},
        {"{{/if}}", 1, 1},
        {"{{else}}", 1, 1},
        {"{{#if a}}{{else}}{{else}}{{/if}}", 1, 18},
        {"{{#if a}}{{else foo}}{{/if}}", 1, 10},
        {"{{#foo a}}{{/foo}}", 1, 1},
        {"{{foo a}}", 1, 1},
        {"{{truncate}} {{truncate a b=1}}", 1, 14},
        {"{{truncate a 1 2 3}}", 1, 1},
        {"{{default a}}", 1, 1},
        {"{{json a pretty=}}", 1, 1},
        {"{{json a pretty=true pretty=true}}", 1, 1},
        {"{{a..b}}", 1, 1},
        {"{{a.}}", 1, 1},
        {"{{..a}}", 1, 1},
        {"{{a b c}}", 1, 1},
        {"{{@foo}}", 1, 1},
        {"{{@index.a}}", 1, 1},
        {"{{5}}", 1, 1},
        {"{{\"a\"}}", 1, 1},
        {"{{:a}}", 1, 1},
        {"{{join a \"x}}", 1, 1},
        {"{{> partial}}", 1, 1},
        {"{{^a}}{{/a}}", 1, 1},
        {"{{{{raw}}}}", 1, 1},
        {"{{{a}}", 1, 1},
        {"{{json (first a)}}", 1, 1},
        {"{{#each a as |x|}}{{/each}}", 1, 1},
        {"{{! open", 1, 1},
        {"{{!-- open }}", 1, 1},
        {"\u00e9\u00e9{{", 1, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};

        if (template_parse(&arena, text_from(cases[i].source), false, NULL, &err)) {
            fail_msg("%s is accepted", cases[i].source);
        }
        assert_int_equal(err.code, E_TEMPLATE);
        if (err.line == cases[i].line && err.column == cases[i].column) continue;
        fail_msg("%s: %s is at %d:%d", cases[i].source, err.message, err.line, err.column);
    }
}

static void positions_are_those_of_the_literal(void **state)
{
    static const char raw[] = "a\\n\\u00e9\\uD83D\\uDE00\\101\\\"\n {{";
    struct template_origin origin = {text_from(raw), 7, 11};
    struct error err = {0};

    (void)state;
    assert_null(
        template_parse(&arena, text_from("a\n\u00e9\U0001F600A\"\n {{"), false, &origin, &err));
    assert_int_equal(err.line, 8);
    assert_int_equal(err.column, 2);
    origin.raw = TEXT("\\n\\t{{");
    assert_null(template_parse(&arena, TEXT("\n\t{{"), false, &origin, &err));
    assert_int_equal(err.line, 7);
    assert_int_equal(err.column, 15);
}

static void blocks_nest_so_deep_and_no_deeper(void **state)
{
    struct buf source = {0};
    struct error err = {0};

    (void)state;
    for (int i = 0; i < TEMPLATE_DEPTH_MAX; i++) {
        buf_cstr(&source, "{{#with a}}");
    }
    buf_cstr(&source, "{{b}}");
    for (int i = 0; i < TEMPLATE_DEPTH_MAX; i++) {
        buf_cstr(&source, "{{/with}}");
    }
    gives(source.ptr, "{:a {:a 1} :b 2}", "2");
    struct text deeper = arena_printf(&arena, "{{#if a}}%s{{/if}}", source.ptr);

    assert_null(template_parse(&arena, deeper, false, NULL, &err));
    assert_non_null(strstr(err.message, "deeper"));
    buf_done(&source);
}

static void work_and_size_are_bounded(void **state)
{
    struct template_run run = {.data = value_of(&heap, "{:a [1 2 3 4 5 6 7 8 9]}"), .fuel = 60};
    struct buf out = {0};
    struct error err = {0};

    (void)state;
    assert_false(render("{{#each a}}{{#each ../a}}{{/each}}{{/each}}", &run, &out, &err));
    assert_int_equal(err.code, E_FUEL);
    assert_int_equal(err.line, 1);
    run = (struct template_run){.data = run.data};
    out.limit = 20;
    assert_false(render("{{#each a}}{{this}}{{this}}{{this}}{{/each}}", &run, &out, &err));
    assert_int_equal(err.code, E_LIMIT);
    buf_done(&out);
}

static void the_same_fuel_is_enough_to_the_unit(void **state)
{
    static const char source[] = "{{#each a}}{{this}},{{json ../b}}{{/each}}";
    struct value data = value_of(&heap, "{:a [1 2 3] :b {:c \"text\"}}");
    int64_t used;

    (void)state;
    for (int64_t missing = 0; missing < 2; missing++) {
        struct template_run run = {.data = data};
        struct buf out = {0};
        struct error err = {0};

        if (missing == 0) assert_true(render(source, &run, &out, &err));
        if (missing == 0) used = LIMIT_TEMPLATE_FUEL - run.fuel;
        buf_reset(&out);
        run = (struct template_run){.data = data, .fuel = used - missing};
        assert_int_equal(render(source, &run, &out, &err), missing == 0);
        buf_done(&out);
    }
}

static void a_lone_tag_keeps_the_type(void **state)
{
    static const struct {
        const char *source, *expected;
    } cases[] = {
        {"{{a}}", "[1 2]"},          {"{{ b.c }}", "2.5"},  {"{{{d}}}", ":k"},
        {"{{none}}", "nil"},         {"{{length a}}", "2"}, {"{{last a}}", "2"},
        {"{{default none 7}}", "7"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct template *template = parse(cases[i].source);
        struct template_run run = {
            .heap = &heap, .fuel = 100, .data = value_of(&heap, "{:a [1 2] :b {:c 2.5} :d :k}")};
        struct error err = {0};
        struct value value;

        assert_true(template->is_value);
        assert_true(template_render_value(template, &run, &value, &err));
        template_render_done(&run);
        assert_prints(value, cases[i].expected);
    }
    assert_false(parse(" {{a}}")->is_value);
    assert_false(parse("{{a}}{{b}}")->is_value);
    assert_false(parse("{{#if a}}{{/if}}")->is_value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_without_tags_is_itself, start, stop),
        cmocka_unit_test_setup_teardown(paths_find_keywords_and_strings, start, stop),
        cmocka_unit_test_setup_teardown(what_is_missing_is_nothing, start, stop),
        cmocka_unit_test_setup_teardown(values_are_written_as_people_read_them, start, stop),
        cmocka_unit_test_setup_teardown(blocks_choose, start, stop),
        cmocka_unit_test_setup_teardown(empty_is_what_handlebars_says, start, stop),
        cmocka_unit_test_setup_teardown(each_goes_through_collections, start, stop),
        cmocka_unit_test_setup_teardown(scopes_are_left_upwards, start, stop),
        cmocka_unit_test_setup_teardown(names_are_looked_for_outwards_but_for_local_paths, start,
                                        stop),
        cmocka_unit_test_setup_teardown(helpers_work, start, stop),
        cmocka_unit_test_setup_teardown(braces_and_space_can_be_had, start, stop),
        cmocka_unit_test_setup_teardown(html_is_escaped_where_it_is_asked_for, start, stop),
        cmocka_unit_test_setup_teardown(mistakes_have_a_position, start, stop),
        cmocka_unit_test_setup_teardown(positions_are_those_of_the_literal, start, stop),
        cmocka_unit_test_setup_teardown(blocks_nest_so_deep_and_no_deeper, start, stop),
        cmocka_unit_test_setup_teardown(work_and_size_are_bounded, start, stop),
        cmocka_unit_test_setup_teardown(the_same_fuel_is_enough_to_the_unit, start, stop),
        cmocka_unit_test_setup_teardown(a_lone_tag_keeps_the_type, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
