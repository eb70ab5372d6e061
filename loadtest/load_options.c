#include "loadtest/load_options.h"

#include "base/macros.h"
#include "base/parse.h"
#include "loadtest/load_lines.h"

#include <argp.h>
#include <stddef.h>

#define EXIT_USAGE      2
#define PORT_MAX        65535
#define CONNECTIONS_MAX 60000
#define SECONDS_MAX     1000000
#define REQUESTS_MAX    1000000000
#define RATE_MAX        1000000
#define PID_MAX         4194304
#define MS_MAX          100000000

#define KEY_BASE 256 /* above all characters */

enum key {
    KEY_PORT = KEY_BASE,
    KEY_METHOD,
    KEY_PATH,
    KEY_BODY,
    KEY_EXPECT,
    KEY_CONNECTIONS,
    KEY_SECONDS,
    KEY_WARMUP,
    KEY_REQUESTS,
    KEY_RATE,
    KEY_PATIENCE,
    KEY_ANSWER_MAX,
    KEY_IDLE_MAX,
    KEY_WATCH,
    KEY_TARGET,
    KEY_THEN_METHOD,
    KEY_THEN_PATH,
    KEY_THEN_BODY,
    KEY_THEN_EXPECT,
    KEY_LINES,
    KEY_FIRST,
    KEY_RECORD,
    KEY_FIELD,
    KEY_HEADER, /* from here on: not in places */
    KEY_HEADER_FILE,
    KEY_IDEMPOTENT,
};

static const struct argp_option argp_options[] = {
    {NULL, 0, NULL, 0, "The request:", 1},
    {"port", KEY_PORT, "N", 0, "port on 127.0.0.1; must be given", 0},
    {"method", KEY_METHOD, "NAME", 0, "of the request (POST)", 0},
    {"path", KEY_PATH, "PATH", 0, "of the request (/)", 0},
    {"header", KEY_HEADER, "LINE", 0, "a further header; repeatable, and everybody's to see in ps",
     0},
    {"header-file", KEY_HEADER_FILE, "FILE", 0, "a header a line: for tokens; repeatable", 0},
    {"body", KEY_BODY, "TEXT", 0, "of the request (none)", 0},
    {"expect", KEY_EXPECT, "TEXT", 0, "what a good answer has in its body", 0},
    {"lines", KEY_LINES, "FILE", 0, "fields for {1} to {9}, a line a request, in turn", 0},
    {"first", KEY_FIRST, "N", 0, "the first request's {n} (0)", 0},
    {"idempotent", KEY_IDEMPOTENT, NULL, 0, "a first half may come twice, whatever its method", 0},
    {NULL, 0, NULL, 0, "A second half, on the same connection after a good answer:", 2},
    {"then-path", KEY_THEN_PATH, "PATH", 0, "there is one, of this path", 0},
    {"then-method", KEY_THEN_METHOD, "NAME", 0, "of the second half (POST)", 0},
    {"then-body", KEY_THEN_BODY, "TEXT", 0, "of the second half (none)", 0},
    {"then-expect", KEY_THEN_EXPECT, "TEXT", 0, "what its good answer has in its body", 0},
    {NULL, 0, NULL, 0, "How many, how fast, how long:", 3},
    {"connections", KEY_CONNECTIONS, "N", 0, "kept alive, one request each at a time (64)", 0},
    {"seconds", KEY_SECONDS, "N", 0, "how long it measures (10)", 0},
    {"warmup", KEY_WARMUP, "N", 0, "seconds before that (2)", 0},
    {"requests", KEY_REQUESTS, "N", 0, "ends after so many, instead of a time", 0},
    {"rate", KEY_RATE, "N", 0, "open loop: requests a second", 0},
    {"patience", KEY_PATIENCE, "S", 0,
     "gives up when there was no connection for so long; with --rate it also sends what is late "
     "for so long behind the end (10)",
     0},
    {"answer-max", KEY_ANSWER_MAX, "S", 0,
     "gives up when, of the requests under way, none was answered for so long (35)", 0},
    {"idle-max", KEY_IDLE_MAX, "MS", 0, "a connection idle for so long is renewed (4000)", 0},
    {NULL, 0, NULL, 0, "What it tells:", 4},
    {"record", KEY_RECORD, "FILE", 0, "number and field of each good first answer", 0},
    {"field", KEY_FIELD, "NAME", 0, "which field of the answer's JSON is recorded", 0},
    {"watch", KEY_WATCH, "PID", 0, "with --requests: this process's memory on the way", 0},
    {"target", KEY_TARGET, "PID", 0, "this process's share of a core, beside its own", 0},
    {0},
};

/* Where an option's value goes; max 0: it is a text. */
static const struct place {
    size_t offset;
    int64_t min, max;
} places[] = {

#define NUMBER(field, min, max)                        \
    {                                                  \
        offsetof(struct load_options, field), min, max \
    }
#define STRING(field)                              \
    {                                              \
        offsetof(struct load_options, field), 0, 0 \
    }
    [KEY_PORT - KEY_BASE] = NUMBER(port, 1, PORT_MAX),
    [KEY_METHOD - KEY_BASE] = STRING(method),
    [KEY_PATH - KEY_BASE] = STRING(path),
    [KEY_BODY - KEY_BASE] = STRING(body),
    [KEY_EXPECT - KEY_BASE] = STRING(expect),
    [KEY_CONNECTIONS - KEY_BASE] = NUMBER(connections, 1, CONNECTIONS_MAX),
    [KEY_SECONDS - KEY_BASE] = NUMBER(seconds, 1, SECONDS_MAX),
    [KEY_WARMUP - KEY_BASE] = NUMBER(warmup, 0, SECONDS_MAX),
    [KEY_REQUESTS - KEY_BASE] = NUMBER(requests, 1, REQUESTS_MAX),
    [KEY_RATE - KEY_BASE] = NUMBER(rate, 1, RATE_MAX),
    [KEY_PATIENCE - KEY_BASE] = NUMBER(patience, 1, SECONDS_MAX),
    [KEY_ANSWER_MAX - KEY_BASE] = NUMBER(answer_max, 1, SECONDS_MAX),
    [KEY_IDLE_MAX - KEY_BASE] = NUMBER(idle_max_ms, 1, MS_MAX),
    [KEY_WATCH - KEY_BASE] = NUMBER(watch, 1, PID_MAX),
    [KEY_TARGET - KEY_BASE] = NUMBER(target, 1, PID_MAX),
    [KEY_THEN_METHOD - KEY_BASE] = STRING(then_method),
    [KEY_THEN_PATH - KEY_BASE] = STRING(then_path),
    [KEY_THEN_BODY - KEY_BASE] = STRING(then_body),
    [KEY_THEN_EXPECT - KEY_BASE] = STRING(then_expect),
    [KEY_LINES - KEY_BASE] = STRING(lines),
    [KEY_FIRST - KEY_BASE] = NUMBER(first, 0, INT64_MAX / 2),
    [KEY_RECORD - KEY_BASE] = STRING(record),
    [KEY_FIELD - KEY_BASE] = STRING(field),
#undef NUMBER
#undef STRING
};

static const char *name_of(int key)
{
    const struct argp_option *option = argp_options;

    while (option->key != key) {
        option++;
    }
    return option->name;
}

static void set_number(int64_t *out, int key, const char *arg, struct argp_state *state)
{
    const struct place *place = &places[key - KEY_BASE];
    int64_t value;

    if (!parse_int64(text_from(arg), &value) || value < place->min || value > place->max) {
        argp_failure(state, EXIT_USAGE, 0, "--%s is a number from %lld to %lld, not %s",
                     name_of(key), (long long)place->min, (long long)place->max, arg);
    }
    *out = value;
}

static bool add_header(struct buf *headers, struct text line)
{
    if (text_index_of_char(line, ':') <= 0) return false;
    buf_text(headers, line);
    buf_cstr(headers, "\r\n");
    return true;
}

/* Its lines are not told: they are secrets. */
static void add_header_file(struct buf *headers, const char *path, struct argp_state *state)
{
    struct load_lines lines = {0};

    if (!load_lines_read(&lines, path)) {
        argp_failure(state, EXIT_USAGE, 0, "there are no headers to be read in %s", path);
    }
    for (size_t i = 0; i < lines.count; i++) {
        struct text line = text_trim(lines.lines[i]);

        if (line.len > 0 && !add_header(headers, line)) {
            argp_failure(state, EXIT_USAGE, 0, "line %zu of %s is no header", i + 1, path);
        }
    }
    load_lines_done(&lines);
}

static void check(const struct load_options *options, struct argp_state *state)
{
    bool has_more = options->then_body || options->then_expect;

    if (options->port == 0) argp_failure(state, EXIT_USAGE, 0, "--port is missing");
    if (options->watch != 0 && options->requests == 0) {
        argp_failure(state, EXIT_USAGE, 0, "--watch needs --requests");
    }
    if (has_more && !options->then_path) {
        argp_failure(state, EXIT_USAGE, 0, "--then-body and --then-expect need --then-path");
    }
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct load_options *options = state->input;

    if (key >= KEY_PORT && key < KEY_HEADER) {
        const struct place *place = &places[key - KEY_BASE];
        void *field = (char *)options + place->offset;

        if (place->max > 0) {
            set_number(field, key, arg, state);
        } else {
            *(const char **)field = arg;
        }
        return 0;
    }
    switch (key) {
    case KEY_HEADER:
        if (!add_header(&options->headers, text_from(arg))) {
            argp_failure(state, EXIT_USAGE, 0, "--header is NAME: VALUE, not %s", arg);
        }
        break;
    case KEY_HEADER_FILE: add_header_file(&options->headers, arg, state); break;
    case KEY_IDEMPOTENT: options->idempotent = true; break;
    case ARGP_KEY_ARG: argp_failure(state, EXIT_USAGE, 0, "%s is no option", arg); break;
    case ARGP_KEY_END: check(options, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void load_options_parse(struct load_options *options, int argc, char **argv)
{
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc = "Sends one HTTP request over and over and prints how fast the answers were, as one "
               "line of JSON. Exit status 1: some had no good answer; 2: wrong options.",
    };

    *options = (struct load_options){.method = "POST",
                                     .path = "/",
                                     .then_method = "POST",
                                     .connections = 64,
                                     .seconds = 10,
                                     .warmup = 2,
                                     .idle_max_ms = 4000, // Node's servers wait 5 s, the shortest
                                     .patience = 10,
                                     .answer_max = 35}; // over the longest waitMs
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

void load_options_done(struct load_options *options)
{
    buf_done(&options->headers);
}
