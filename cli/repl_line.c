/* Lines from a terminal, by libedit. */
#include "cli/repl_line.h"

#include "base/arena.h"
#include "base/memory.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HISTORY_SIZE = 1000,
    LISTED_MAX = 200, /* candidates that are shown */
    WIDTH_DEFAULT = 80,
};

struct repl_line {
    EditLine *edit;
    History *history;
    locale_t locale; /* UTF-8, for libedit only: the program itself has none */
    const char *prompt;
    const char *history_path; /* NULL: nowhere to keep it */
    repl_line_words *words;
    void *ctx;
    struct arena arena;
};

/* Written by signal handlers only, which have nothing else to write to. */
static volatile sig_atomic_t interrupted, resized;

static void on_signal(int number)
{
    if (number == SIGWINCH) {
        resized = 1;
    } else {
        interrupted = 1;
    }
}

bool repl_line_interrupted(void)
{
    bool was = interrupted;

    interrupted = 0;
    return was;
}

/* Completion */

struct candidates {
    struct arena arena;
    struct text *names;
    size_t count, capacity;
};

static void add_candidate(void *to, struct text name)
{
    struct candidates *list = to;

    list->names =
        arena_grow(&list->arena, list->names, list->count, &list->capacity, sizeof(struct text));
    list->names[list->count++] = arena_text(&list->arena, name);
}

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

/* How many bytes all names begin with. */
static size_t common_length(const struct candidates *list)
{
    size_t len = list->names[0].len;

    for (size_t i = 1; i < list->count; i++) {
        struct text name = list->names[i];
        size_t same = 0;

        while (same < len && same < name.len && name.ptr[same] == list->names[0].ptr[same]) {
            same++;
        }
        len = same;
    }
    return len;
}

/* The names below the line, in columns. */
static void list_names(EditLine *edit, const struct candidates *list)
{
    size_t width = 0, shown = MIN(list->count, (size_t)LISTED_MAX);
    int screen = 0;

    if (el_get(edit, EL_GETTC, "co", &screen, NULL) != 0 || screen <= 0) screen = WIDTH_DEFAULT;
    for (size_t i = 0; i < shown; i++) {
        width = MAX(width, list->names[i].len);
    }
    size_t columns = MAX((size_t)screen / (width + 2), (size_t)1);

    for (size_t i = 0; i < shown; i++) {
        printf("%s%-*.*s", i % columns ? "  " : "\n", (int)width, TEXT_ARG(list->names[i]));
    }
    if (shown < list->count) printf("\nand %zu more", list->count - shown);
    putchar('\n');
    fflush(stdout);
}

static bool ends_word(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || strchr("()[]{}\"'`,;@~^#", c);
}

/* More has come already: nobody waits for a completion, and a tab is white space. */
static bool is_pasting(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, 0) > 0;
}

static unsigned char complete(EditLine *edit, int key)
{
    const LineInfo *info = el_line(edit);
    const char *start = info->cursor;
    struct candidates list = {0};
    struct repl_line *line;
    unsigned char result = CC_REFRESH_BEEP;
    (void)key;

    if (el_get(edit, EL_CLIENTDATA, &line) != 0) return CC_ERROR;
    while (start > info->buffer && !ends_word(start[-1])) {
        start--;
    }
    struct text word = {start, (size_t)(info->cursor - start)};

    if (word.len == 0 || is_pasting()) {
        return el_insertstr(edit, "  ") == 0 ? CC_REFRESH : CC_ERROR;
    }
    arena_init(&list.arena, 0);
    line->words(line->ctx, word, add_candidate, &list);
    if (list.count > 0) {
        qsort(list.names, list.count, sizeof(struct text), compare_names);
        size_t common = common_length(&list);

        if (common > word.len) {
            struct text more = text_slice(list.names[0], word.len, common);

            el_insertstr(edit, arena_cstr(&list.arena, more));
            result = CC_REFRESH;
        } else if (list.count > 1) {
            list_names(edit, &list);
            result = CC_REDISPLAY;
        }
    }
    arena_done(&list.arena);
    return result;
}

/* Input: our own reader of characters, so that Ctrl-C ends the line and a resize does not. */

/* Waits until there is something to read, or a signal came; one that came just before counts. */
static void wait_for_input(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t ours, before;

    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGWINCH);
    sigprocmask(SIG_BLOCK, &ours, &before);
    if (!interrupted && !resized) ppoll(&input, 1, NULL, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static int read_byte(EditLine *edit, char *out)
{
    for (;;) {
        wait_for_input();
        if (interrupted) return -1;
        if (resized) {
            resized = 0;
            el_resize(edit);
            continue;
        }
        ssize_t len = read(STDIN_FILENO, out, 1);

        if (len >= 0) return (int)len;
        if (errno != EINTR) return -1;
    }
}

/* libedit's el_rfunc_t: 1 and a character, 0 at the end, -1 on an error. */
static int read_character(EditLine *edit, wchar_t *out)
{
    char bytes[4] = {0};
    int result = read_byte(edit, bytes);
    unsigned char first = (unsigned char)bytes[0];
    size_t len = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code_point = 0;

    if (result <= 0) return result;
    for (size_t i = 1; i < len; i++) {
        if ((result = read_byte(edit, bytes + i)) <= 0) return result;
    }
    *out = text_utf8_next((struct text){bytes, len}, &code_point) ? (wchar_t)code_point : 0xFFFD;
    return 1;
}

static char *give_prompt(EditLine *edit)
{
    struct repl_line *line;

    return el_get(edit, EL_CLIENTDATA, &line) == 0 ? (char *)line->prompt : (char *)"";
}

/* History */

static bool make_directory(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Makes the directories on the way; NULL when that cannot be. */
static const char *find_history(struct arena *arena)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    struct text base;

    if (state && state[0] == '/') {
        base = arena_printf(arena, "%s", state);
    } else {
        if (!home || home[0] != '/') return NULL;
        if (!make_directory(arena_printf(arena, "%s/.local", home).ptr)) return NULL;
        base = arena_printf(arena, "%s/.local/state", home);
    }
    struct text folder = arena_printf(arena, TEXT_FMT "/weir", TEXT_ARG(base));

    if (!make_directory(base.ptr) || !make_directory(folder.ptr)) return NULL;
    return arena_printf(arena, TEXT_FMT "/history", TEXT_ARG(folder)).ptr;
}

void repl_line_remember(struct repl_line *line, struct text input)
{
    HistEvent event;
    mode_t mask = umask(0077);

    history(line->history, &event, H_ENTER, arena_cstr(&line->arena, input));
    if (line->history_path) history(line->history, &event, H_SAVE, line->history_path);
    umask(mask);
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal}; // no SA_RESTART: a read ends

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGWINCH, &action, NULL);
}

struct repl_line *repl_line_new(repl_line_words *words, void *ctx)
{
    struct repl_line *line = MEMORY_NEW(struct repl_line);
    HistEvent event;

    *line = (struct repl_line){.words = words, .ctx = ctx, .prompt = ""};
    arena_init(&line->arena, 0);
    take_signals();
    line->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = uselocale(line->locale);

    line->history = history_init();
    line->history_path = find_history(&line->arena);
    history(line->history, &event, H_SETSIZE, HISTORY_SIZE);
    history(line->history, &event, H_SETUNIQUE, 1);
    if (line->history_path) history(line->history, &event, H_LOAD, line->history_path);
    line->edit = el_init("weir", stdin, stdout, stderr);
    el_set(line->edit, EL_CLIENTDATA, line);
    el_set(line->edit, EL_PROMPT, give_prompt);
    el_set(line->edit, EL_EDITOR, "emacs");
    el_set(line->edit, EL_HIST, history, line->history);
    el_set(line->edit, EL_GETCFN, read_character);
    // the wide one: el_set() makes copies here that nobody frees
    el_wset(line->edit, EL_ADDFN, L"weir-complete", L"complete a name", complete);
    el_set(line->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(line->edit, NULL); // the user's ~/.editrc
    el_set(line->edit, EL_BIND, "^I", "weir-complete", NULL);
    uselocale(before);
    return line;
}

void repl_line_free(struct repl_line *line)
{
    if (!line) return;
    el_end(line->edit);
    history_end(line->history);
    if (line->locale) freelocale(line->locale);
    arena_done(&line->arena);
    memory_free(line);
}

enum repl_line_result repl_line_read(struct repl_line *line, const char *prompt, struct buf *out)
{
    int count = 0;

    interrupted = 0;
    line->prompt = prompt;
    locale_t before = uselocale(line->locale);

    // Before the prompt: what is typed as soon as it is seen would meet a terminal that echoes by
    // itself, and forgets at Ctrl-C a line that looks as if it had been taken.
    el_set(line->edit, EL_PREP_TERM, 1);
    const char *text = el_gets(line->edit, &count);

    uselocale(before);
    if (text && count > 0) {
        buf_append(out, text, (size_t)count);
        if (text[count - 1] != '\n') buf_char(out, '\n');
        return REPL_LINE_TEXT;
    }
    return repl_line_interrupted() ? REPL_LINE_INTERRUPTED : REPL_LINE_END;
}
