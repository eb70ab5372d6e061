/* The reference of the language, for programs (JSON) and for people. */
#include "cli/doc.h"

#include "cli/answer.h"
#include "cli/client.h"
#include "flow/core_hints.h"
#include "flow/core_source.h"
#include "flow/vm.h"

#include <unistd.h>

/* Who defines a name: "prelude", "native", "compiler" (special forms, macros) or "run" (flow
 * calls).
 */
static const char *origin_of(const struct core *core, const struct reference_entry *entry)
{
    struct text source, file;

    if (text_starts_with(entry->name, TEXT("flow/"))) return "run";
    if (!core_find(core, TEXT_NONE, entry->name)) return "compiler";
    return core_source_find(entry->name, &source, &file) ? "prelude" : "native";
}

void doc_refuse(const struct core *core, struct text name, struct error *err)
{
    const char *hint = core_hints_find(name);
    struct text nearest = core_nearest(core, name);

    error_set(err, E_NOT_FOUND, "the flow language has no " TEXT_FMT, TEXT_ARG(name));
    if (hint) {
        error_hint(err, "%s", hint);
    } else if (nearest.len) {
        error_hint(err, "Did you mean `" TEXT_FMT "`?", TEXT_ARG(nearest));
    } else {
        error_hint(err, "`weir doc` lists all names.");
    }
}

static void put_example(struct json_writer *writer, const struct reference_example *example)
{
    json_write_object(writer);
    json_put_text(writer, "expression", example->source);
    if (example->input_source.ptr) json_put_text(writer, "input", example->input_source);
    if (example->answers_source.ptr) json_put_text(writer, "answers", example->answers_source);
    json_put_text(writer, example->throws.ptr ? "error" : "value",
                  example->throws.ptr ? example->throws : example->value);
    json_write_object_end(writer);
}

static void put_entry(const struct cli *cli, const struct core *core,
                      const struct reference_entry *entry, struct json_writer *writer)
{
    struct buf call CLEANUP(buf_done) = {0};
    struct text source, file;

    json_write_object(writer);
    json_put_text(writer, "name", entry->name);
    json_put_text(writer, "section", entry->section->title);
    json_write_key(writer, "arities");
    json_write_array(writer);
    for (uint32_t i = 0; i < entry->arity_count; i++) {
        buf_reset(&call);
        reference_write_call(entry, i, &call);
        json_write_text(writer, buf_get(&call));
    }
    json_write_array_end(writer);
    json_put_text(writer, "doc", entry->doc);
    json_write_key(writer, "examples");
    json_write_array(writer);
    for (uint32_t i = 0; i < entry->example_count; i++) {
        put_example(writer, &entry->examples[i]);
    }
    json_write_array_end(writer);
    json_put_cstr(writer, "definedBy", origin_of(core, entry));
    if (cli->full && core_source_find(entry->name, &source, &file)) {
        json_put_text(writer, "definition", source);
    }
    json_write_object_end(writer);
}

static void put_sections(const struct reference *reference, struct json_writer *writer)
{
    json_write_object(writer);
    json_write_key(writer, "sections");
    json_write_array(writer);
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        json_write_object(writer);
        json_put_text(writer, "title", section->title);
        json_write_key(writer, "names");
        json_write_array(writer);
        for (size_t k = 0; k < section->count; k++) {
            json_write_text(writer, section->entries[k].name);
        }
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_sections(const struct reference *reference, struct buf *out)
{
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        buf_printf(out, TEXT_FMT "\n ", TEXT_ARG(section->title));
        for (size_t k = 0; k < section->count; k++) {
            buf_printf(out, " " TEXT_FMT, TEXT_ARG(section->entries[k].name));
        }
        buf_char(out, '\n');
    }
}

/* Lines of at most so many bytes, broken at spaces. */
static void write_wrapped(struct text source, struct buf *out)
{
    enum { WIDTH = 90 };

    size_t column = 0;

    while (source.ptr) {
        struct text word = text_cut(&source, ' ');

        if (column > 0 && column + 1 + word.len > WIDTH) {
            buf_char(out, '\n');
            column = 0;
        } else if (column > 0) {
            buf_char(out, ' ');
            column++;
        }
        buf_text(out, word);
        column += word.len;
    }
    buf_char(out, '\n');
}

/* Indented by two. */
static void write_example(const struct reference_example *example, struct buf *out)
{
    struct text rest = example->source;

    if (example->input_source.ptr) {
        buf_printf(out, "  ;; input: " TEXT_FMT "\n", TEXT_ARG(example->input_source));
    }
    if (example->answers_source.ptr) {
        buf_printf(out, "  ;; the calls answer: " TEXT_FMT "\n", TEXT_ARG(example->answers_source));
    }
    while (rest.ptr) {
        struct text line = text_cut(&rest, '\n');

        buf_printf(out, "  " TEXT_FMT "%s", TEXT_ARG(line), rest.ptr ? "\n" : "");
    }
    buf_printf(out, "  ;; %s " TEXT_FMT "\n", example->throws.ptr ? "error:" : "=>",
               TEXT_ARG(example->throws.ptr ? example->throws : example->value));
}

bool doc_write(const struct reference *reference, const struct core *core, struct text name,
               struct buf *out)
{
    const struct reference_entry *entry = reference_find(reference, core, name);

    if (!entry) return false;
    reference_write_call(entry, 0, out);
    for (uint32_t i = 1; i < entry->arity_count; i++) {
        buf_cstr(out, "  ");
        reference_write_call(entry, i, out);
    }
    buf_char(out, '\n');
    write_wrapped(entry->doc, out);
    for (uint32_t i = 0; i < entry->example_count; i++) {
        write_example(&entry->examples[i], out);
    }
    return true;
}

void doc_write_source(const struct core *core, const struct reference_entry *entry, struct buf *out)
{
    struct text source, file;

    if (core_source_find(entry->name, &source, &file)) {
        buf_printf(out, ";; flow/" TEXT_FMT "\n" TEXT_FMT "\n", TEXT_ARG(file), TEXT_ARG(source));
        return;
    }
    const char *origin = origin_of(core, entry);

    buf_printf(out, TEXT_FMT " is %s\n", TEXT_ARG(entry->name),
               strcmp(origin, "native") == 0     ? "native: written in C"
               : strcmp(origin, "compiler") == 0 ? "part of the compiler"
                                                 : "a call of the run, carried out by the server");
}

/* Without regard to the case of ASCII letters. */
static bool mentions(const struct reference_entry *entry, struct text part)
{
    const struct text texts[] = {entry->name, entry->doc};

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (size_t at = 0; at + part.len <= texts[i].len; at++) {
            if (text_equal_nocase(text_slice(texts[i], at, at + part.len), part)) return true;
        }
    }
    return false;
}

static void each_mention(const struct reference *reference, struct text part,
                         void (*on_entry)(void *ctx, const struct reference_entry *entry),
                         void *ctx)
{
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_section *section = &reference->sections[i];

        for (size_t k = 0; k < section->count; k++) {
            if (mentions(&section->entries[k], part)) on_entry(ctx, &section->entries[k]);
        }
    }
}

static struct text first_sentence(struct text doc)
{
    ptrdiff_t end = text_index_of(doc, TEXT(". "));

    return end < 0 ? doc : text_slice(doc, 0, (size_t)end + 1);
}

static void write_mention(void *ctx, const struct reference_entry *entry)
{
    struct text sentence = first_sentence(entry->doc);

    buf_printf(ctx, "%-28.*s " TEXT_FMT "\n", TEXT_ARG(entry->name), TEXT_ARG(sentence));
}

void doc_write_apropos(const struct reference *reference, struct text part, struct buf *out)
{
    each_mention(reference, part, write_mention, out);
    if (out->len == 0) {
        buf_printf(out, "nothing has \"" TEXT_FMT "\" in its name or description\n",
                   TEXT_ARG(part));
    }
}

static void put_mention(void *ctx, const struct reference_entry *entry)
{
    struct json_writer *writer = ctx;

    json_write_object(writer);
    json_put_text(writer, "name", entry->name);
    json_put_text(writer, "section", entry->section->title);
    json_put_text(writer, "doc", first_sentence(entry->doc));
    json_write_object_end(writer);
}

/* --search TEXT */
static void answer_search(struct cli *cli, const struct reference *reference, struct text part)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;

    if (cli->human) {
        doc_write_apropos(reference, part, &out);
        answer_write(STDOUT_FILENO, buf_get(&out));
        return;
    }
    json_write_init(&writer, &out);
    json_write_object(&writer);
    json_write_key(&writer, "names");
    json_write_array(&writer);
    each_mention(reference, part, put_mention, &writer);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    answer_data(cli, buf_get(&out));
}

static int answer_name(struct cli *cli, const struct core *core, const struct reference *reference)
{
    struct text name = text_from(cli->words[0]);
    const struct reference_entry *entry = reference_find(reference, core, name);
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;
    struct error err = {0};

    if (!entry) {
        doc_refuse(core, name, &err);
        return answer_error(cli, &err, CLIENT_REFUSED);
    }
    if (cli->human) {
        if (!doc_write(reference, core, name, &out)) return CLIENT_REFUSED;
        if (cli->full) doc_write_source(core, entry, &out);
        answer_write(STDOUT_FILENO, buf_get(&out));
    } else {
        json_write_init(&writer, &out);
        put_entry(cli, core, entry, &writer);
        answer_data(cli, buf_get(&out));
    }
    return CLIENT_OK;
}

static void answer_all(struct cli *cli, const struct reference *reference)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct json_writer writer;

    if (command_value(cli, "markdown")) {
        reference_write_markdown(reference, &out);
        answer_write(STDOUT_FILENO, buf_get(&out));
    } else if (cli->human) {
        write_sections(reference, &out);
        answer_write(STDOUT_FILENO, buf_get(&out));
    } else {
        json_write_init(&writer, &out);
        put_sections(reference, &writer);
        answer_data(cli, buf_get(&out));
    }
}

int doc_command(struct cli *cli)
{
    struct core *core = vm_core_new();
    struct reference *reference = reference_new();
    int code = CLIENT_OK;

    const char *search = command_value(cli, "search");

    if (search && cli->word_count > 0) {
        code = answer_usage(cli, "a name and --search do not go together");
    } else if (search) {
        answer_search(cli, reference, text_from(search));
    } else if (cli->word_count > 0) {
        code = answer_name(cli, core, reference);
    } else {
        answer_all(cli, reference);
    }
    reference_free(reference);
    vm_core_free(core);
    return code;
}
