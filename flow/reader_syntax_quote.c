/*
 * Syntax-quote: `form to the code that builds it, as Clojure's reader does: seq, concat and list of
 * quoted pieces, ~x in place, ~@x spliced, x# the same generated name within one syntax-quote.
 *
 * Recursion follows the form, whose depth the reader bounds. A syntax-quote inside another is
 * expanded twice and grows with each level, so the forms made here are counted.
 */
#include "flow/reader_internal.h"

/* Names made for x# in one syntax-quote. */
struct gensym {
    struct text name, made;
    struct gensym *next;
};

struct expansion {
    struct reader *reader;
    struct gensym *gensyms;
};

static struct form *expand(struct expansion *expansion, struct form *form);

static bool count_form(struct reader *reader, const struct form *form)
{
    if (++reader->expanded_count <= LIMIT_READER_EXPANSION) return true;
    reader_fail(reader, E_LIMIT, reader_build_mark(form),
                "the syntax-quotes expand to more than %d forms", LIMIT_READER_EXPANSION);
    return false;
}

static struct form *core_call(struct reader *reader, const struct form *at, const char *name,
                              struct form *const *arguments, uint32_t count)
{
    struct reader_mark mark = reader_build_mark(at);
    struct form *items[4];

    if (!count_form(reader, at)) return NULL;
    items[0] = reader_build_symbol(reader, mark, TEXT("clojure.core"), text_from(name));
    if (!items[0]) return NULL;
    for (uint32_t i = 0; i < count; i++) {
        items[i + 1] = arguments[i];
    }
    return reader_build_collection(reader, FORM_LIST, mark, items, count + 1);
}

static struct form *quoted(struct reader *reader, struct form *form)
{
    if (!count_form(reader, form)) return NULL;
    return reader_build_wrap(reader, reader_build_mark(form), TEXT_NONE, TEXT("quote"), form);
}

static bool is_core_call(const struct form *form, const char *name)
{
    if (form->kind != FORM_LIST || form->count != 2) return false;
    const struct form *head = form->items[0];

    return head->kind == FORM_SYMBOL && text_equal(head->ns, TEXT("clojure.core")) &&
           text_equal(head->name, text_from(name));
}

static bool is_special(const struct form *form)
{
    static const char *const names[] = {
        "def",   "loop*",         "recur",        "if",    "case*",   "let*",     "letfn*", "do",
        "fn*",   "quote",         "var",          ".",     "set!",    "deftype*", "reify*", "try",
        "throw", "monitor-enter", "monitor-exit", "catch", "finally", "new",      "&",
    };

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (form_is_symbol(form, names[i])) return true;
    }
    return form->kind == FORM_SYMBOL && text_equal(form->ns, TEXT("clojure.core")) &&
           text_equal(form->name, TEXT("import*"));
}

/* x# in this syntax-quote: x__1__auto__. */
static struct text generated_name(struct expansion *expansion, struct text name)
{
    struct reader *reader = expansion->reader;

    for (struct gensym *known = expansion->gensyms; known; known = known->next) {
        if (text_equal(known->name, name)) return known->made;
    }
    struct gensym *made = reader_alloc(reader, sizeof(*made));
    struct buf text = {0};

    if (!made) return TEXT_NONE;
    buf_append(&text, name.ptr, name.len - 1);
    buf_printf(&text, "__%u__auto__", ++reader->gensym);
    *made = (struct gensym){name, reader_copy(reader, buf_get(&text)), expansion->gensyms};
    buf_done(&text);
    expansion->gensyms = made;
    return made->made;
}

/* String becomes java.lang.String. */
static struct text full_class_name(struct reader *reader, struct text package, struct text name)
{
    struct buf text = {0};

    buf_text(&text, package);
    buf_char(&text, '.');
    buf_text(&text, name);
    struct text copy = reader_copy(reader, buf_get(&text));

    buf_done(&text);
    return copy;
}

static struct form *expand_symbol(struct expansion *expansion, struct form *form)
{
    struct reader *reader = expansion->reader;
    struct text ns = form->ns, name = form->name;
    bool bare = !ns.ptr;

    if (bare && text_ends_with(name, TEXT("#"))) {
        name = generated_name(expansion, name);
        if (!name.ptr) return NULL;
    } else if (bare && !text_starts_with(name, TEXT(".")) && !text_ends_with(name, TEXT(".")) &&
               !is_special(form)) {
        struct text package = reader_core_names_package(name);

        if (package.ptr) {
            name = full_class_name(reader, package, name);
            if (!name.ptr) return NULL;
        } else if (text_index_of_char(name, '.') < 0) { // else it names a class
            ns = reader_core_names_ns(name);
            if (!ns.ptr) ns = TEXT("user");
        }
    } else if (!bare && reader_core_names_package(ns).ptr) {
        ns = full_class_name(reader, reader_core_names_package(ns), ns);
        if (!ns.ptr) return NULL;
    }
    struct form *symbol = reader_build_symbol(reader, reader_build_mark(form), ns, name);

    return symbol ? quoted(reader, symbol) : NULL;
}

/* (seq (concat (list a) (list b) …)) of the items. */
static struct form *expand_items(struct expansion *expansion, struct form *form)
{
    struct reader *reader = expansion->reader;
    struct reader_mark mark = reader_build_mark(form);
    struct form **pieces = reader_alloc(reader, (form->count + 1) * sizeof(struct form *));

    if (!pieces) return NULL;
    pieces[0] = reader_build_symbol(reader, mark, TEXT("clojure.core"), TEXT("concat"));
    if (!pieces[0]) return NULL;
    for (uint32_t i = 0; i < form->count; i++) {
        struct form *item = form->items[i];

        if (is_core_call(item, "unquote-splicing")) {
            pieces[i + 1] = item->items[1];
            continue;
        }
        struct form *built = expand(expansion, item);

        if (!built) return NULL;
        pieces[i + 1] = core_call(reader, item, "list", &built, 1);
        if (!pieces[i + 1]) return NULL;
    }
    struct form *concat = reader_build_collection(reader, FORM_LIST, mark, pieces, form->count + 1);

    return concat ? core_call(reader, form, "seq", &concat, 1) : NULL;
}

static struct form *expand_collection(struct expansion *expansion, struct form *form)
{
    struct reader *reader = expansion->reader;
    const char *maker = form->kind == FORM_MAP   ? "hash-map"
                        : form->kind == FORM_SET ? "hash-set"
                                                 : "vector";

    if (form->kind == FORM_LIST && form->count == 0) {
        return core_call(reader, form, "list", NULL, 0);
    }
    struct form *items = expand_items(expansion, form);

    if (!items || form->kind == FORM_LIST) return items;
    struct form *symbol = reader_build_symbol(reader, reader_build_mark(form), TEXT("clojure.core"),
                                              text_from(maker));

    if (!symbol) return NULL;
    return core_call(reader, form, "apply", (struct form *[]){symbol, items}, 2);
}

static struct form *expand_bare(struct expansion *expansion, struct form *form)
{
    struct reader *reader = expansion->reader;

    switch (form->kind) {
    case FORM_SYMBOL: return expand_symbol(expansion, form);
    case FORM_LIST:
    case FORM_VECTOR:
    case FORM_MAP:
    case FORM_SET: return expand_collection(expansion, form);
    case FORM_INT:
    case FORM_DOUBLE:
    case FORM_BIGINT:
    case FORM_DECIMAL:
    case FORM_RATIO:
    case FORM_CHAR:
    case FORM_STRING:
    case FORM_KEYWORD: return form;
    default: return quoted(reader, form);
    }
}

static struct form *expand(struct expansion *expansion, struct form *form)
{
    struct reader *reader = expansion->reader;

    if (is_core_call(form, "unquote")) return form->items[1];
    if (is_core_call(form, "unquote-splicing")) {
        return reader_fail(reader, E_READER, reader_build_mark(form),
                           "~@ stands where there is nothing to splice into");
    }
    if (!count_form(reader, form)) return NULL;
    struct form *built = expand_bare(expansion, form);

    if (!built || !form->meta) return built;
    struct form *meta = expand(expansion, form->meta);

    if (!meta) return NULL;
    return core_call(reader, form, "with-meta", (struct form *[]){built, meta}, 2);
}

struct form *reader_syntax_quote_expand(struct reader *reader, struct form *form)
{
    struct expansion expansion = {.reader = reader};

    return expand(&expansion, form);
}
