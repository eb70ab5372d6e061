/*
 * Functions: the flow's own pure functions, each a (fn …) form, quoted or in a string.
 */
#include "flow/definition_internal.h"
#include "flow/reader.h"

struct form *definition_functions_code(struct diagnostics *diagnostics, struct arena *arena,
                                       const struct form *literal, const char *path)
{
    struct reader reader;
    struct error err = {0};
    struct form *form = NULL, *second = NULL;
    enum reader_result result = READER_ERROR;
    size_t budget = definition_reserve(arena, literal->text.len);

    if (reader_init(&reader, arena, literal->text, &err)) {
        reader.flow_file = true;
        reader.line = literal->line;         // so that positions are those of the file, as far as
        reader.column = literal->column + 1; // escapes in the string let us tell
        result = reader_next(&reader, &form, &err);
    }
    if (result == READER_FORM) {
        result = reader_next(&reader, &second, &err);
    }
    arena->budget_bytes = budget;
    if (form && result == READER_END) {
        definition_shift(form, literal->offset + 1);
        return form;
    }
    struct form at = *literal;

    if (result == READER_ERROR && err.line > 0) {
        at.line = (uint32_t)err.line;
        at.column = (uint32_t)err.column;
        at.offset = diagnostic_offset(diagnostics->source, at.line, at.column);
    }
    diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, "function_code_string_invalid", &at, path,
                   "Write one (fn [input] …) form in the string, or quote it: :code '(fn …).", "%s",
                   result == READER_ERROR ? err.message
                   : second               ? "something stands behind the function in the string"
                                          : "the string holds no form");
    return NULL;
}

static struct form *read_code(struct definition_reading *reading, struct form *form,
                              const struct form *map, const char *path)
{
    const char *hint = "Write :code '(fn [input] …).";

    if (!form) {
        definition_error(reading, "missing_required_field", map, path, hint,
                         "the function has no :code");
        return NULL;
    }
    struct form *code = form->kind == FORM_STRING
                            ? definition_functions_code(reading->diagnostics,
                                                        reading->definition->arena, form, path)
                            : form_unquote(form);

    if (!code) return NULL;
    if (form_is_call(code, "fn") || form_is_call(code, "fn*")) return code;
    definition_error(reading, "invalid_function_code", code, path, hint,
                     ":code must be a (fn …) form");
    return NULL;
}

static void read_function(struct definition_reading *reading, const struct form *map,
                          const char *path)
{
    static const char *const keys[] = {"id", "language", "code", "description", "label", NULL};
    struct definition *definition = reading->definition;
    const struct form *form = definition_get(map, "id");
    const struct form *language = definition_get(map, "language");
    struct text id = definition_id(form);

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", map, path,
                         "Use {:id :normalize :language :clojure :code '(fn [input] input)}.",
                         "a function must be a map");
        return;
    }
    if (!id.ptr) {
        definition_error(reading, form ? "invalid_required_field" : "missing_required_field",
                         form ? form : map, path, "Use a keyword such as :normalize.",
                         form ? "a function's :id is a letter, then letters, digits, - and _"
                              : "the function has no :id");
    } else if (definition_find_function(definition, id)) {
        definition_error(reading, "duplicate_function_id", form, path,
                         "Keep function ids unique in the flow.", "the function's :id is taken");
    }
    if (id.ptr) path = arena_printf(definition->arena, ":functions :" TEXT_FMT, TEXT_ARG(id)).ptr;
    definition_check_keys(reading->diagnostics, map, keys, path);
    if (language && !text_equal(form_name(language), TEXT("clojure"))) {
        definition_error(reading, "invalid_required_field", language, path,
                         "Use :language :clojure.", "functions are written in :clojure");
    }
    struct definition_function function = {.id = id, .form = map};

    function.code = read_code(reading, definition_get(map, "code"), map,
                              arena_printf(definition->arena, "%s :code", path).ptr);
    if (id.ptr) definition->functions[definition->function_count++] = function;
}

void definition_functions_read(struct definition_reading *reading, const struct form *form)
{
    struct definition *definition = reading->definition;

    if (!form) return;
    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", form, ":functions",
                         "Use :functions [{:id :normalize :code '(fn [input] …)}].",
                         ":functions must be a vector of maps");
        return;
    }
    if (definition_too_many(reading, form->count, form, ":functions")) return;
    definition->functions =
        ARENA_ARRAY(definition->arena, form->count + 1, struct definition_function);
    for (uint32_t i = 0; i < form->count; i++) {
        read_function(reading, form->items[i],
                      arena_printf(definition->arena, ":functions [%u]", i).ptr);
    }
}
