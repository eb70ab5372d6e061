#include "flow/expand.h"

#include "flow/image.h"
#include "flow/keyword.h"
#include "flow/packaged.h"
#include "flow/pmap.h"
#include "flow/string.h"
#include "flow/template_tree.h"

/* Templates */

/* The step type that takes a template of that kind. */
static const char *const takers[] = {
    [DEFINITION_HTTP_REQUEST] = "http",
    [DEFINITION_LLM_PROMPT] = "llm",
    [DEFINITION_DB_QUERY] = "db",
    [DEFINITION_NOTIFICATION] = "notify",
};

static bool takes_templates(struct text step_type)
{
    return text_equal(step_type, TEXT("http"));
}

static const struct template_tree *find_template(const struct image *image, struct value name,
                                                 struct error *err)
{
    struct buf id CLEANUP(buf_done) = {.limit = 200};

    if (name.type == VALUE_KEYWORD) buf_text(&id, keyword_name(name));
    if (name.type == VALUE_STRING) string_append_utf8(name, &id);
    for (uint32_t i = 0; i < image->template_count; i++) {
        if (text_equal(image->templates[i].id, buf_get(&id))) return &image->templates[i];
    }
    error_set(err, E_INPUT, "the flow has no template " TEXT_FMT,
              TEXT_ARG(id.len ? buf_get(&id) : TEXT("of that kind of name")));
    error_hint(err, "Declare it under :templates.");
    return NULL;
}

/* :json, :form and :body exclude each other: one of the step's own replaces any of the template. */
static struct value without_bodies(struct heap *heap, struct value request, struct value config)
{
    static const char *const bodies[] = {"json", "form", "body"};
    bool has_own = false;

    for (size_t i = 0; i < ARRAY_COUNT(bodies); i++) {
        has_own = has_own || !value_is_nil(pmap_get_named(config, bodies[i]));
    }
    for (size_t i = 0; has_own && i < ARRAY_COUNT(bodies); i++) {
        struct value key = keyword_new(heap, TEXT_NONE, text_from(bodies[i]));

        request = pmap_dissoc(heap, request, key);
    }
    return request;
}

static bool is_named(struct value key, const char *name)
{
    return key.type == VALUE_KEYWORD
               ? keyword_is(key, name)
               : key.type == VALUE_STRING && string_equal_text(key, text_from(name));
}

static struct value merge(struct heap *heap, struct value request, struct value config)
{
    struct pmap_iter iter;
    struct value key, value;

    request = without_bodies(heap, request, config);
    pmap_iter_init(&iter, config);
    while (pmap_iter_next(&iter, &key, &value)) {
        if (is_named(key, "template") || is_named(key, "data")) continue;
        request = pmap_assoc(heap, request, key, value);
    }
    return request;
}

/* Says which template it was, and where in it. */
static bool explain(const struct template_tree *tree, struct error *err)
{
    struct error cause = *err;

    if (cause.line > 0) {
        error_set(err, cause.code, "%s (template :" TEXT_FMT ", line %d, column %d)", cause.message,
                  TEXT_ARG(tree->id), cause.line, cause.column);
    } else {
        error_set(err, cause.code, "%s (template :" TEXT_FMT ")", cause.message,
                  TEXT_ARG(tree->id));
    }
    return cause.hint[0] ? error_hint(err, "%s", cause.hint) : false;
}

static bool fill_template(const struct image *image, struct text step_type, struct heap *heap,
                          struct value config, struct value *out, struct error *err)
{
    struct value data = pmap_get_named(config, "data");
    struct error cause = {0};
    struct value request;

    if (!takes_templates(step_type)) {
        error_set(err, E_NOT_SUPPORTED, "this server does not run :template in :" TEXT_FMT " steps",
                  TEXT_ARG(step_type));
        return error_hint(err, "Only :http steps take a template.");
    }
    const struct template_tree *tree =
        find_template(image, pmap_get_named(config, "template"), err);

    if (!tree) return false;
    if (!text_equal(step_type, text_from(takers[tree->kind]))) {
        error_set(err, E_INPUT, "the template :" TEXT_FMT " is for :%s steps", TEXT_ARG(tree->id),
                  takers[tree->kind]);
        return error_hint(err, "Name a template of :type :http-request.");
    }
    if (!value_is_nil(data) && data.type != VALUE_MAP) {
        error_set(err, E_INPUT, ":data is a %s; expected a map", value_type_name(data));
        return error_hint(err, "Use :data {:name value}.");
    }
    if (!template_tree_expand(tree, heap, data, &request, &cause)) {
        explain(tree, &cause);
        *err = cause;
        return false;
    }
    *out = merge(heap, request, config);
    return true;
}

bool expand_template(const struct image *image, struct text step_type, struct heap *heap,
                     struct value config, struct value *out, struct error *err)
{
    bool has_template =
        config.type == VALUE_MAP && !value_is_nil(pmap_get_named(config, "template"));

    *out = config;
    return !has_template || fill_template(image, step_type, heap, config, out, err);
}

/* Packaged steps */

bool expand_packaged(const struct image *image, struct text packaged, struct heap *heap,
                     struct value config, struct value *out, struct error *err)
{
    const struct packaged *found = packaged.ptr ? image_packaged(image, packaged) : NULL;

    *out = config;
    return !found || packaged_config(found, heap, config, out, err);
}
