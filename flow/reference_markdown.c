#include "flow/compile.h"
#include "flow/core_hints.h"
#include "flow/embed_flow.h"
#include "flow/reference.h"

/*
 * Markdown: docs/language-reference.md. In front stands flow/reference/intro.md.in, written by
 * hand; then the names by section, then the sections with an entry for each name.
 */
static void write_intro(struct buf *out)
{
    for (const struct embed_file *file = embed_flow; file->name; file++) {
        if (!text_equal(text_from(file->name), TEXT("reference/intro.md.in"))) continue;
        buf_append(out, file->data, (size_t)(file->data_end - file->data));
    }
}

/* As GitHub makes them: "Java: numbers" is java-numbers, "clojure.set" is clojureset. */
static void write_anchor(struct text title, struct buf *out)
{
    for (size_t i = 0; i < title.len; i++) {
        char c = title.ptr[i];

        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c == ' ') c = '-';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') buf_char(out, c);
    }
}

static void write_contents(const struct reference *reference, struct buf *out)
{
    buf_cstr(out, "## All names\n\n");
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        buf_printf(out, "- [" TEXT_FMT "](#", TEXT_ARG(section->title));
        write_anchor(section->title, out);
        buf_cstr(out, "):");
        for (size_t k = 0; k < section->count; k++) {
            buf_printf(out, " `" TEXT_FMT "`", TEXT_ARG(section->entries[k].name));
        }
        buf_char(out, '\n');
    }
    buf_cstr(out, "- [Not there, on purpose](#not-there-on-purpose)\n");
}

static void write_example(const struct reference_example *example, struct buf *out)
{
    if (example->input_source.ptr) {
        buf_printf(out, ";; input: " TEXT_FMT "\n", TEXT_ARG(example->input_source));
    }
    if (example->answers_source.ptr) {
        buf_printf(out, ";; the calls answer: " TEXT_FMT "\n", TEXT_ARG(example->answers_source));
    }
    buf_text(out, example->source);
    if (example->throws.ptr) {
        buf_printf(out, "  ;; error: " TEXT_FMT "\n", TEXT_ARG(example->throws));
    } else {
        buf_printf(out, "  ;; => " TEXT_FMT "\n", TEXT_ARG(example->value));
    }
}

static void write_entry(const struct reference_entry *entry, struct buf *out)
{
    buf_printf(out, "\n### `" TEXT_FMT "`\n\n", TEXT_ARG(entry->name));
    for (uint32_t i = 0; i < entry->arity_count; i++) {
        buf_cstr(out, i ? " · `" : "`");
        reference_write_call(entry, i, out);
        buf_char(out, '`');
    }
    if (entry->arity_count) buf_cstr(out, "\n\n");
    buf_text(out, entry->doc);
    buf_cstr(out, "\n\n```clojure\n");
    for (uint32_t i = 0; i < entry->example_count; i++) {
        write_example(&entry->examples[i], out);
    }
    buf_cstr(out, "```\n");
}

/* What Clojure has and a flow has not, with what to do instead: a line for each hint. */
static void write_absent(struct buf *out)
{
    const char *name, *hint, *other_hint;

    buf_cstr(out, "\n## Not there, on purpose\n\n- ");
    for (size_t i = 0; (name = compile_special_refused(i)); i++) {
        buf_printf(out, "`%s` ", name);
    }
    buf_cstr(out, "· A flow has no definitions, namespaces, mutable state or evaluation: bind with "
                  "`let` and `letfn`, or write a function under `:functions`.\n");
    for (size_t i = 0; core_hints_name(i, &hint); i++) {
        bool seen = false;

        for (size_t k = 0; k < i && !seen; k++) {
            seen = core_hints_name(k, &other_hint) && strcmp(hint, other_hint) == 0;
        }
        if (seen) continue;
        buf_cstr(out, "- ");
        for (size_t k = i; (name = core_hints_name(k, &other_hint)); k++) {
            if (strcmp(hint, other_hint) == 0) buf_printf(out, "`%s` ", name);
        }
        buf_printf(out, "· %s\n", hint);
    }
}

void reference_write_markdown(const struct reference *reference, struct buf *out)
{
    write_intro(out);
    write_contents(reference, out);
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        buf_printf(out, "\n## " TEXT_FMT "\n", TEXT_ARG(section->title));
        if (section->text.len) buf_printf(out, "\n" TEXT_FMT "\n", TEXT_ARG(section->text));
        for (size_t k = 0; k < section->count; k++) {
            write_entry(&section->entries[k], out);
        }
    }
    write_absent(out);
}
