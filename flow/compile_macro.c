#include "flow/compile.h"

/*
 * Macros: the tables joined, searched by name. Rewriters get a call with a legal number of
 * arguments and answer the form to compile instead. Evaluation order and laziness are those of
 * clojure.core.
 */
static const struct compile_macro_entry *const tables[] = {compile_macro_flow,
                                                           compile_macro_sequence};

const struct compile_macro_entry *compile_macro_find(const struct form *symbol)
{
    if (symbol->ns.len && !text_equal(symbol->ns, TEXT("clojure.core"))) return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        for (const struct compile_macro_entry *entry = tables[i]; entry->name; entry++) {
            if (text_equal(symbol->name, text_from(entry->name))) return entry;
        }
    }
    return NULL;
}

const char *compile_macro_name(size_t index)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        for (const struct compile_macro_entry *entry = tables[i]; entry->name; entry++) {
            if (index-- == 0) return entry->name;
        }
    }
    return NULL;
}
