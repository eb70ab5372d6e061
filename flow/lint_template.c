/*
 * Templates: whether a step's template is there and of the step's kind, and what the requests of
 * templates say, as far as it is written out.
 */
#include "flow/lint_internal.h"
#include "flow/near.h"
#include "flow/template_tree.h"

static const char *const kind_names[] = {
    [DEFINITION_HTTP_REQUEST] = "http-request",
    [DEFINITION_LLM_PROMPT] = "llm-prompt",
    [DEFINITION_DB_QUERY] = "db-query",
    [DEFINITION_NOTIFICATION] = "notification",
};

static bool is_literal(const struct form *form)
{
    return form->kind != FORM_SYMBOL && form->kind != FORM_LIST;
}

static const struct definition_template *find(struct lint *lint, const struct form *name,
                                              const char *path)
{
    const struct definition *definition = lint->definition;
    struct text id = form_name(name);
    const struct definition_template *found = definition_find_template(definition, id);
    const char *hint = "Declare it: :templates [{:id :name :type :http-request :request {…}}].";
    size_t best = 4;
    struct near meant;

    if (found) return found;
    near_init(&meant, id);
    for (uint32_t i = 0; i < definition->template_count; i++) {
        size_t distance = text_distance(id, definition->templates[i].id, best);

        near_consider(&meant, definition->templates[i].id);
        if (distance >= best) continue;
        best = distance;
        hint = arena_printf(lint->arena, "Did you mean `:" TEXT_FMT "`?",
                            TEXT_ARG(definition->templates[i].id))
                   .ptr;
    }
    lint_error(lint, "unknown_template", name, path, hint, "no template :" TEXT_FMT " is declared",
               TEXT_ARG(id));
    diagnostic_fix_name(lint->diagnostics, name, near_get(&meant));
    return NULL;
}

/* A request without an address, in a config that has none either. */
static void check_address(struct lint *lint, const struct definition_template *template,
                          const struct form *config, const char *path)
{
    const struct form *request = template->content;
    bool has = form_get(config, "url") || form_get(config, "base-url") || !request ||
               form_get(request, "url") || form_get(request, "base-url");

    if (has) return;
    lint_error(lint, "step_config_invalid", config, path,
               "Add :url \"https://…\" to the template's :request, or to the step.",
               "neither the step nor its template :" TEXT_FMT " has a :url",
               TEXT_ARG(template->id));
}

void lint_template(struct lint *lint, const char *type, const struct form *config, const char *path,
                   bool is_whole)
{
    const struct form *name = form_get(config, "template");
    const struct form *data = form_get(config, "data");

    if (strcmp(type, "http") != 0 || !name) return;
    if (!is_literal(name)) {
        lint->has_dynamic_template = true;
        return;
    }
    const struct definition_template *template = find(lint, name, path);

    if (!template) return;
    lint_note(lint, &lint->templates, template->id, name);
    if (template->kind != DEFINITION_HTTP_REQUEST) {
        lint_error(lint, "unknown_template", name, path, "Name a template of :type :http-request.",
                   "the template :" TEXT_FMT " has :type :%s; an :http step takes :http-request",
                   TEXT_ARG(template->id), kind_names[template->kind]);
        return;
    }
    if (is_whole) check_address(lint, template, config, path);
    if (data && is_literal(data) && data->kind != FORM_MAP && data->kind != FORM_NIL) {
        lint_error(lint, "step_config_invalid", data, path, "Use :data {:name value}.",
                   ":data of a template must be a map");
    }
}

static void check_request(struct lint *lint, const struct definition_template *template)
{
    const struct lint_type *type = lint_options_type(TEXT("http"));
    const struct form *request = template->content;
    const char *path =
        arena_printf(lint->arena, ":templates :" TEXT_FMT " :request", TEXT_ARG(template->id)).ptr;

    for (uint32_t i = 0; request && i + 1 < request->count; i += 2) {
        const struct form *key = request->items[i], *value = request->items[i + 1];
        const struct lint_option *option = lint_options_find(type, key);
        bool has_tags = value->kind == FORM_STRING && template_parse_has_tags(value->text);
        struct text name = form_name(key);

        if (form_is_keyword(key, "template") || form_is_keyword(key, "data")) option = NULL;
        if (option) {
            if (!has_tags) lint_value(lint, option, value, path);
            continue;
        }
        const char *near = lint_options_nearest(type, name);

        lint_warn(lint, "unknown_step_option", key, path,
                  near ? arena_printf(lint->arena, "Did you mean `:%s`?", near).ptr
                       : "Remove it if it is a mistake.",
                  "an :http step does not know the option :" TEXT_FMT, TEXT_ARG(name));
    }
}

void lint_template_requests(struct lint *lint)
{
    for (uint32_t i = 0; i < lint->definition->template_count; i++) {
        const struct definition_template *template = &lint->definition->templates[i];

        if (template->kind == DEFINITION_HTTP_REQUEST) check_request(lint, template);
    }
}
