/* The commands of the REPL: lines that begin with a colon. `:let`, which takes a form, is read by
 * repl.c. */
#include "cli/doc.h"
#include "cli/repl_internal.h"

#include <stdio.h>

typedef void command_function(struct repl *repl, struct text rest);

static void run_doc(struct repl *repl, struct text rest)
{
    struct buf out CLEANUP(buf_done) = {0};
    struct error err = {0};

    if (doc_write(repl->reference, repl->core, rest, &out)) {
        repl_print(buf_get(&out));
        return;
    }
    doc_refuse(repl->core, rest, &err);
    repl_print_error(repl, &err);
}

static void run_source(struct repl *repl, struct text rest)
{
    const struct reference_entry *entry = reference_find(repl->reference, repl->core, rest);
    struct buf out CLEANUP(buf_done) = {0};
    struct error err = {0};

    if (entry) {
        doc_write_source(repl->core, entry, &out);
        repl_print(buf_get(&out));
        return;
    }
    doc_refuse(repl->core, rest, &err);
    repl_print_error(repl, &err);
}

static void run_apropos(struct repl *repl, struct text rest)
{
    struct buf out CLEANUP(buf_done) = {0};

    doc_write_apropos(repl->reference, rest, &out);
    repl_print(buf_get(&out));
}

static void run_names(struct repl *repl, struct text rest)
{
    struct text name;
    struct value value;
    (void)rest;

    for (size_t i = 0; dialog_name(repl->dialog, i, &name, &value); i++) {
        struct buf out CLEANUP(buf_done) = {0};

        buf_printf(&out, TEXT_FMT " = ", TEXT_ARG(name));
        repl_print(buf_get(&out));
        repl_print_value(repl, value);
    }
}

static void run_full(struct repl *repl, struct text rest)
{
    (void)rest;
    repl_print_last(repl);
}

static void run_quit(struct repl *repl, struct text rest)
{
    (void)rest;
    repl->quit = true;
}

static command_function run_help;

static const struct {
    const char *name, *argument;
    command_function *run; /* NULL: read as forms */
    const char *doc;
} commands[] = {
    {":let", "name form", NULL, "evaluate the form and give its value that name from now on"},
    {":names", NULL, run_names, "what has a name: *1 *2 *3 (last values), *e (last error), yours"},
    {":full", NULL, run_full, "the last value, all of it (of lazy sequences 10000 items)"},
    {":doc", "name", run_doc, "what a name does, with examples"},
    {":source", "name", run_source,
     "how a function is defined, where it is written in the language"},
    {":apropos", "text", run_apropos, "the names that have the text in their name or description"},
    {":help", NULL, run_help, "this list"},
    {":quit", NULL, run_quit, "end, as Ctrl-D does"},
};

static void run_help(struct repl *repl, struct text rest)
{
    struct buf out CLEANUP(buf_done) = {0};
    (void)repl;
    (void)rest;

    buf_cstr(&out, "Type a form; it is evaluated when its brackets are closed.\n");
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        char call[40];

        snprintf(call, sizeof call, "%s %s", commands[i].name,
                 commands[i].argument ? commands[i].argument : "");
        buf_printf(&out, "  %-16s %s\n", call, commands[i].doc);
    }
    buf_cstr(&out, "Tab completes a name, Ctrl-R searches the history, Ctrl-C interrupts.\n"
                   "There is no def: bind with let, or :let. Flow calls need a run on a server.\n");
    repl_print(buf_get(&out));
}

bool repl_commands_run(struct repl *repl, struct text line)
{
    struct text rest = text_trim(line);
    struct text name = text_cut(&rest, ' ');

    rest = text_trim(rest);
    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (!commands[i].run || !text_equal(name, text_from(commands[i].name))) continue;
        if (!commands[i].argument == (rest.len == 0)) {
            commands[i].run(repl, rest);
        } else {
            struct error err = {0};

            error_set(&err, E_BAD_REQUEST, "usage: %s %s", commands[i].name,
                      commands[i].argument ? commands[i].argument : "");
            error_hint(&err, ":help lists the commands.");
            repl_print_error(repl, &err);
        }
        return true;
    }
    return false;
}

/* clojure.string/join is str/join too. */
static void add_aliases(struct text name, struct text word, void (*add)(void *to, struct text name),
                        void *to)
{
    const char *alias, *ns;

    for (size_t i = 0; (alias = core_alias(i, &ns)) != NULL; i++) {
        struct buf out CLEANUP(buf_done) = {0};
        size_t len = strlen(ns);

        if (!text_starts_with(name, text_from(ns)) || name.len <= len || name.ptr[len] != '/') {
            continue;
        }
        buf_cstr(&out, alias);
        buf_text(&out, text_slice(name, len, name.len));
        if (text_starts_with(buf_get(&out), word)) add(to, buf_get(&out));
    }
}

void repl_commands_complete(void *ctx, struct text word, void (*add)(void *to, struct text name),
                            void *to)
{
    const struct repl *repl = ctx;
    struct text name;
    struct value value;

    for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
        if (word.len && text_starts_with(text_from(commands[i].name), word)) {
            add(to, text_from(commands[i].name));
        }
    }
    for (size_t i = 0; dialog_name(repl->dialog, i, &name, &value); i++) {
        if (text_starts_with(name, word)) add(to, name);
    }
    for (size_t i = 0; i < repl->reference->count; i++) {
        const struct reference_section *section = &repl->reference->sections[i];

        for (size_t k = 0; k < section->count; k++) {
            name = section->entries[k].name;
            if (text_starts_with(name, word)) add(to, name);
            add_aliases(name, word, add, to);
        }
    }
}
