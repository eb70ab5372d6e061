/*
 * Templates: requests, prompts, queries and notifications with {{…}} in their texts. Each text is
 * parsed here for its errors, so that a flow that is read has only templates that can be rendered.
 */
#include "flow/definition_internal.h"
#include "flow/template_tree.h"

static const char *const kinds[] = {"http-request", "llm-prompt", "db-query", "notification", NULL};
static const char *const escapes[] = {"none", "html", NULL};

struct check {
    struct definition_reading *reading;
    const char *path;
    bool sql;
};

static void add(const struct check *check, const char *code, const struct form *at,
                const char *hint, const char *message)
{
    definition_error(check->reading, code, at, check->path, hint, message);
}

/* The byte of the literal at that line and column, for the diagnostic's offset. */
static uint32_t offset_of(struct text source, const struct form *literal, uint32_t line,
                          uint32_t column)
{
    uint32_t at_line = literal->line, at_column = literal->column;
    size_t offset = literal->offset;

    while (offset < source.len && (at_line < line || (at_line == line && at_column < column))) {
        struct text rest = text_slice(source, offset, source.len);
        uint32_t code_point;
        size_t len = text_utf8_next(rest, &code_point);

        if (rest.ptr[0] == '\n') {
            at_line++;
            at_column = 1;
        } else {
            at_column++;
        }
        offset += MAX(len, (size_t)1);
    }
    return (uint32_t)offset;
}

static void check_text(const struct check *check, const struct form *form)
{
    struct text source = check->reading->definition->source;
    struct template_origin origin = template_tree_origin(form, source);
    struct arena scratch CLEANUP(arena_done) = {0};
    struct error err = {0};

    arena_init(&scratch, 0);
    if (template_parse(&scratch, form->text, check->sql, &origin, &err)) return;
    struct form at = *form;

    at.line = (uint32_t)err.line;
    at.column = (uint32_t)err.column;
    at.offset = offset_of(source, form, at.line, at.column);
    at.end_offset = MAX(at.offset, form->end_offset);
    diagnostic_add(check->reading->diagnostics, DIAGNOSTIC_ERROR, error_wire(E_TEMPLATE), &at,
                   check->path, err.hint[0] ? err.hint : error_default_hint(E_TEMPLATE), "%s",
                   err.message);
}

/* All texts of a request. Recursion: forms are nested LIMIT_READER_DEPTH deep at most. */
static void check_form(const struct check *check, const struct form *form)
{
    const struct form *secret = form->kind == FORM_MAP ? form_get(form, "secret-ref") : NULL;

    if (secret && secret->kind == FORM_STRING && template_parse_has_tags(secret->text)) {
        add(check, error_wire(E_TEMPLATE), secret, "Write the name: {:secret-ref :name}.",
            "data cannot choose which secret is sent");
    }
    if (form->kind == FORM_STRING && template_parse_has_tags(form->text)) check_text(check, form);
    for (uint32_t i = 0; i < form->count; i++) {
        const struct form *item = form->items[i];
        bool is_key = form->kind == FORM_MAP && i % 2 == 0;

        if (is_key && item->kind == FORM_STRING && template_parse_has_tags(item->text)) {
            add(check, error_wire(E_TEMPLATE), item, "Write the key out, and {{…}} in its value.",
                "the key of a map is no template");
        } else {
            check_form(check, item);
        }
    }
}

/* A part that must be of that kind; NULL after saying so. */
static const struct form *require(const struct check *check, const struct form *map,
                                  const char *key, enum form_kind kind, const char *hint)
{
    const struct form *form = definition_get(map, key);
    struct arena *arena = check->reading->definition->arena;

    if (!form) {
        add(check, "missing_required_field", map, hint,
            arena_printf(arena, "the template has no :%s", key).ptr);
        return NULL;
    }
    if (form->kind == kind) return form;
    add(check, "invalid_required_field", form, hint,
        arena_printf(arena, ":%s of the template is not a %s", key,
                     kind == FORM_MAP ? "map" : "string")
            .ptr);
    return NULL;
}

static const struct form *read_prompt(const struct check *check, const struct form *map)
{
    const struct form *system = definition_get(map, "system");
    const struct form *prompt = definition_get(map, "prompt");
    const char *hint = "Use :system \"You are …\" :prompt \"Sum up: {{text}}\".";

    if (system || !prompt) {
        system = require(check, map, system ? "system" : "prompt", FORM_STRING, hint);
        if (!system) return NULL;
        check_text(check, system);
    }
    if (!prompt) return map;
    prompt = require(check, map, "prompt", FORM_STRING, hint);
    if (!prompt) return NULL;
    check_text(check, prompt);
    return map;
}

static const struct form *read_content(struct check *check, const struct form *map,
                                       enum definition_template_kind kind)
{
    const struct form *content = NULL;

    switch (kind) {
    case DEFINITION_HTTP_REQUEST:
        content = require(check, map, "request", FORM_MAP,
                          "Use :request {:url \"https://…/{{id}}\" :method :get}.");
        break;
    case DEFINITION_NOTIFICATION:
        content = require(check, map, "channels", FORM_MAP,
                          "Use :channels {:http {:url \"https://…\" :json {…}}}.");
        break;
    case DEFINITION_LLM_PROMPT: return read_prompt(check, map);
    case DEFINITION_DB_QUERY:
        check->sql = true;
        content = require(check, map, "sql", FORM_STRING,
                          "Use :sql \"select * from orders where id = {{id}}\".");
        if (content) check_text(check, content);
        return content;
    }
    if (content) check_form(check, content);
    return content;
}

static void check_keys(const struct check *check, const struct form *map,
                       enum definition_template_kind kind)
{
    static const char *const keys[][9] = {
        [DEFINITION_HTTP_REQUEST] = {"id", "type", "escape", "description", "label", "request"},
        [DEFINITION_LLM_PROMPT] = {"id", "type", "escape", "description", "label", "system",
                                   "prompt"},
        [DEFINITION_DB_QUERY] = {"id", "type", "description", "label", "sql"},
        [DEFINITION_NOTIFICATION] = {"id", "type", "escape", "description", "label", "channels"},
    };

    definition_check_keys(check->reading->diagnostics, map, keys[kind], check->path);
}

/* The id, or absent after saying what is wrong with it. */
static struct text read_id(const struct check *check, const struct form *map)
{
    const struct form *form = definition_get(map, "id");
    struct text id = definition_id(form);

    if (!id.ptr) {
        add(check, form ? "invalid_required_field" : "missing_required_field", form ? form : map,
            "Use a keyword such as :create-order.",
            form ? "a template's :id is a letter, then letters, digits, - and _"
                 : "the template has no :id");
    } else if (definition_find_template(check->reading->definition, id)) {
        add(check, "duplicate_template_id", form, "Keep template ids unique in the flow.",
            "the template's :id is taken");
        return TEXT_NONE;
    }
    return id;
}

static bool read_escape(const struct check *check, const struct form *map)
{
    const struct form *form = definition_get(map, "escape");
    int choice = form ? definition_choice(form, escapes) : 0;

    if (choice < 0) {
        add(check, "invalid_required_field", form, "Use :escape :html, or leave it out.",
            ":escape of the template is not :html");
    }
    return choice == 1;
}

static void read_template(struct definition_reading *reading, const struct form *map,
                          const char *path)
{
    struct definition *definition = reading->definition;
    struct check check = {.reading = reading, .path = path};
    const struct form *type = map->kind == FORM_MAP ? definition_get(map, "type") : NULL;

    if (map->kind != FORM_MAP) {
        add(&check, "invalid_required_field", map,
            "Use {:id :create-order :type :http-request :request {…}}.",
            "a template must be a map");
        return;
    }
    struct text id = read_id(&check, map);

    if (id.ptr) {
        check.path = arena_printf(definition->arena, ":templates :" TEXT_FMT, TEXT_ARG(id)).ptr;
    }
    int kind = type ? definition_choice(type, kinds) : -1;

    if (kind < 0) {
        add(&check, type ? "invalid_required_field" : "missing_required_field", type ? type : map,
            "Use :http-request, :llm-prompt, :db-query or :notification.",
            type ? "there is no such :type of templates" : "the template has no :type");
        return;
    }
    check_keys(&check, map, (enum definition_template_kind)kind);
    struct definition_template template = {
        .id = id,
        .kind = (enum definition_template_kind)kind,
        .is_html = read_escape(&check, map),
        .content = read_content(&check, map, (enum definition_template_kind)kind),
        .form = map,
    };

    if (id.ptr) definition->templates[definition->template_count++] = template;
}

void definition_templates_read(struct definition_reading *reading, const struct form *form)
{
    struct definition *definition = reading->definition;

    if (!form) return;
    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", form, ":templates",
                         "Use :templates [{:id :create-order :type :http-request :request {…}}].",
                         ":templates must be a vector of maps");
        return;
    }
    if (definition_too_many(reading, form->count, form, ":templates")) return;
    definition->templates =
        ARENA_ARRAY(definition->arena, form->count + 1, struct definition_template);
    for (uint32_t i = 0; i < form->count; i++) {
        read_template(reading, form->items[i],
                      arena_printf(definition->arena, ":templates [%u]", i).ptr);
    }
}
