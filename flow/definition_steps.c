/*
 * Packaged steps: their ids, types and schemas. What their configs hold is the lint's business, as
 * with the steps of the body.
 */
#include "base/limits.h"
#include "flow/definition_internal.h"
#include "flow/heap.h"
#include "flow/schema.h"

struct schema_reading {
    struct definition_reading *reading;
    const char *path;
};

static void on_schema_error(const struct form *at, const char *message, const char *hint, void *ctx)
{
    const struct schema_reading *schema = ctx;

    definition_error(schema->reading, "schema_invalid", at, schema->path, hint, message);
}

static void check_schema(struct definition_reading *reading, const struct form *form,
                         const char *path)
{
    struct schema_reading schema = {reading, path};
    struct arena scratch CLEANUP(arena_done) = {0};
    struct heap statics;

    arena_init(&scratch, 0);
    heap_init_static(&statics);
    const struct schema *parsed = schema_parse(&scratch, &statics, form, on_schema_error, &schema);

    (void)parsed; // what is wrong has been said
    heap_done(&statics);
}

/* "ns/name" of :ns/name or "ns/name", else absent. */
static struct text read_id(struct definition *definition, const struct form *form)
{
    if (!form) return TEXT_NONE;
    struct text ns = form->ns, name = form->name;

    if (form->kind == FORM_STRING) {
        name = form->text;
        ns = text_cut(&name, '/');
    }
    bool good = (form->kind == FORM_KEYWORD || form->kind == FORM_STRING) && ns.len > 0 &&
                definition_is_id(name);

    for (struct text rest = ns; good && rest.ptr;) {
        good = definition_is_id(text_cut(&rest, '.'));
    }
    if (!good) return TEXT_NONE;
    return arena_printf(definition->arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(ns), TEXT_ARG(name));
}

static struct text check_id(struct definition_reading *reading, const struct form *map,
                            const char *path)
{
    const struct form *form = definition_get(map, "id");
    struct text id = read_id(reading->definition, form);

    if (!id.ptr) {
        definition_error(reading, form ? "invalid_required_field" : "missing_required_field",
                         form ? form : map, path, "Use a keyword such as :crm/create-order.",
                         form ? "a packaged step's :id is a keyword with a namespace"
                              : "the packaged step has no :id");
    } else if (definition_find_step(reading->definition, id)) {
        definition_error(reading, "duplicate_step_id", form, path,
                         "Keep the ids of packaged steps unique in the flow.",
                         "the packaged step's :id is taken");
        return TEXT_NONE;
    }
    return id;
}

static struct text check_type(struct definition_reading *reading, const struct form *map,
                              const char *path)
{
    const struct form *form = definition_get(map, "type");
    struct text type = definition_id(form);

    if (!type.ptr) {
        definition_error(reading, form ? "invalid_required_field" : "missing_required_field",
                         form ? form : map, path, "Add the step's type, such as :type :http.",
                         form ? "the packaged step's :type is not a keyword"
                              : "the packaged step has no :type");
    }
    return type;
}

static void read_step(struct definition_reading *reading, const struct form *map, const char *path)
{
    struct definition *definition = reading->definition;

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", map, path,
                         "Use {:id :crm/create-order :type :http :url \"https://…\"}.",
                         "a packaged step must be a map");
        return;
    }
    struct definition_step step = {.id = check_id(reading, map, path), .form = map};

    if (step.id.ptr) {
        path = arena_printf(definition->arena, ":steps :" TEXT_FMT, TEXT_ARG(step.id)).ptr;
    }
    step.type = check_type(reading, map, path);
    step.schema = definition_get(map, "input-schema");
    step.defaults = definition_get(map, "defaults");
    if (step.schema) {
        check_schema(reading, step.schema,
                     arena_printf(definition->arena, "%s :input-schema", path).ptr);
    }
    if (step.defaults && step.defaults->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", step.defaults, path,
                         "Use :defaults {:method :post}.",
                         ":defaults of a packaged step must be a map");
        step.defaults = NULL;
    }
    if (step.id.ptr && step.type.ptr) definition->steps[definition->step_count++] = step;
}

void definition_steps_read(struct definition_reading *reading, const struct form *form)
{
    struct definition *definition = reading->definition;

    if (!form) return;
    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", form, ":steps",
                         "Use :steps [{:id :crm/create-order :type :http :url \"https://…\"}].",
                         ":steps must be a vector of maps");
        return;
    }
    if (form->count > LIMIT_FLOW_STEPS) {
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, error_wire(E_LIMIT), form, ":steps",
                       "Split the flow.", "%u packaged steps; at most %d are allowed", form->count,
                       LIMIT_FLOW_STEPS);
        return;
    }
    definition->steps = ARENA_ARRAY(definition->arena, form->count + 1, struct definition_step);
    for (uint32_t i = 0; i < form->count; i++) {
        read_step(reading, form->items[i], arena_printf(definition->arena, ":steps [%u]", i).ptr);
    }
}
