/*
 * weir-load: sends an HTTP request over and over and says how fast the answers were.
 *
 * Closed loop: each connection sends again as soon as it was answered. Open loop (--rate): requests
 * are due at fixed times, and a latency counts from when its request was due, so that a server that
 * stalls is charged for what it kept waiting.
 *
 * A request is a template (load_template.h): its number and, with --lines, the fields of a line
 * stand in it; the lines are taken in turn. With --then-path it has a second half, sent on the same
 * connection when the first was answered well; its own latency counts from that answer, and only
 * both together are a good answer.
 *
 * A request that came back without an answer is counted by what happened to it, and the first ones
 * are told in words. One whose kept connection was closed before a byte of the answer came is sent
 * again when it may come twice: when its method says so, or --idempotent; a start of a run without
 * a key of its own could make two runs.
 *
 * It ends after a time (--seconds, behind a --warmup) or a number of requests (--requests); prints
 * one line of JSON. --watch samples the memory of a process meanwhile, at twenty points of the way;
 * --record keeps the number of each good answer, and what --field says of its body.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "loadtest/load_client.h"
#include "loadtest/load_lines.h"
#include "loadtest/load_sample.h"
#include "loadtest/load_template.h"

#include <argp.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DRAIN_MS      35000 /* over the longest waitMs */
#define IDLE_MAX_MS   4000  /* under the 5 s of Node's servers, the shortest that is common */
#define RATE_TICK_MS  1
#define WATCH_POINTS  20
#define SHOWN_MAX     3 /* unexpected answers that are printed */
#define SHOWN_BYTES   600
#define NS_PER_SECOND 1000000000LL

struct options {
    const char *method, *path, *body, *expect;
    const char *then_method, *then_path, *then_body, *then_expect;
    const char *lines, *record, *field;
    struct buf headers;
    int64_t port, connections, seconds_ms, warmup_ms, requests, rate, watch, first, idle_max_ms;
    bool idempotent;
};

/* What a connection is at: one for each, by its place in the client. */
struct task {
    int64_t number, due_ns;
    struct text line;
    bool is_second;
};

struct load {
    struct options options;
    struct loop *loop;
    struct load_client client;
    struct load_template first, second;
    struct load_lines lines;
    struct task *tasks;
    FILE *record;
    struct load_sample sample, second_sample;
    struct loop_timer tick, drain;
    int64_t begin_ns, measure_ns, end_ns, last_ns;
    int64_t started, answered, good, measured, shown;
    int64_t ends[LOAD_ENDS];
    bool is_over;
    long rss_kb[WATCH_POINTS + 1];
    int rss_count;
};

/* Memory */

static long resident_kb(int64_t pid)
{
    char path[64], line[4096];

    (void)snprintf(path, sizeof(path), "/proc/%lld/status", (long long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, line, sizeof(line));
    struct text rest = {line, count > 0 ? (size_t)count : 0};

    if (fd >= 0) (void)close(fd);
    while (rest.ptr && rest.len > 0) {
        struct text row = text_cut(&rest, '\n');
        int64_t value;

        if (!text_starts_with(row, TEXT("VmRSS:"))) continue;
        row = text_trim(text_slice(row, 6, row.len));
        return parse_int64(text_cut(&row, ' '), &value) ? (long)value : -1;
    }
    return -1;
}

static void watch_memory(struct load *load)
{
    int64_t pid = load->options.watch;

    if (pid == 0 || load->options.requests == 0 || load->rss_count > WATCH_POINTS) return;
    if (load->answered < load->options.requests * load->rss_count / WATCH_POINTS) return;
    load->rss_kb[load->rss_count++] = resident_kb(pid);
}

/* Requests */

static bool is_enough(const struct load *load)
{
    if (load->options.requests > 0) return load->started >= load->options.requests;
    return clock_monotonic_ns() >= load->end_ns;
}

static void end_if_done(struct load *load)
{
    if (!is_enough(load)) return;
    if (!load->is_over) loop_timer_start(load->loop, &load->drain, DRAIN_MS);
    load->is_over = true;
    if (load->client.busy_count == 0) loop_stop(load->loop);
}

static struct task *task_of(const struct load_conn *conn)
{
    struct load *load = conn->client->ctx;

    return &load->tasks[conn - load->client.conns];
}

static void start_requests(struct load *load)
{
    int64_t rate = load->options.rate;

    while (!is_enough(load)) {
        int64_t due_ns = clock_monotonic_ns();

        if (rate > 0) {
            int64_t next_ns = load->begin_ns + load->started * NS_PER_SECOND / rate;

            if (next_ns > due_ns) return;
            due_ns = next_ns;
        }
        struct load_conn *conn = load_client_find(&load->client);

        if (!conn) return;
        struct task *task = task_of(conn);
        size_t line = load->lines.count ? (size_t)load->started % load->lines.count : 0;

        *task = (struct task){
            .number = load->options.first + load->started,
            .due_ns = due_ns,
            .line = load->lines.count ? load->lines.lines[line] : TEXT_NONE,
        };
        load->started++;
        conn->may_repeat = load->options.idempotent || load_template_may_repeat(&load->first);
        load_template_write(&load->first, task->number, task->line, &conn->out);
        load_client_send(conn, due_ns);
    }
}

static void on_free(struct load_client *client)
{
    start_requests(client->ctx);
}

static void on_tick(struct loop_timer *timer)
{
    struct load *load = CONTAINER_OF(timer, struct load, tick);

    start_requests(load);
    end_if_done(load);
    if (!load->is_over) loop_timer_start(load->loop, &load->tick, RATE_TICK_MS);
}

static void on_drain(struct loop_timer *timer)
{
    struct load *load = CONTAINER_OF(timer, struct load, drain);

    fprintf(stderr, "weir-load: %u requests were not answered within %d s of the end\n",
            load->client.busy_count, DRAIN_MS / 1000);
    loop_stop(load->loop);
}

static bool is_good(const char *expect, const struct load_answer *answer)
{
    if (answer->status < 200 || answer->status > 299) return false;
    return !expect || text_index_of(answer->body, text_from(expect)) >= 0;
}

/* The text of a field in a JSON body, wherever it stands; absent: it is not there. */
static struct text field_of(struct text body, const char *name)
{
    char key[80];
    int len = snprintf(key, sizeof(key), "\"%s\":\"", name);
    ptrdiff_t at = text_index_of(body, (struct text){key, (size_t)len});

    if (at < 0) return TEXT_NONE;
    body = text_slice(body, (size_t)at + (size_t)len, body.len);
    return text_cut(&body, '"');
}

static void keep_record(struct load *load, const struct task *task, struct text body)
{
    if (!load->record) return;
    struct text field = load->options.field ? field_of(body, load->options.field) : TEXT_NONE;

    fprintf(load->record, "%lld\t" TEXT_FMT "\n", (long long)task->number, TEXT_ARG(field));
}

static void count_good(struct load *load, const struct task *task, int64_t now_ns)
{
    load->good++;
    if (task->due_ns >= load->measure_ns) load_sample_add(&load->sample, now_ns - task->due_ns);
    if (now_ns >= load->measure_ns && now_ns <= load->end_ns) load->measured++;
}

static void show_lost(const struct load_conn *conn, const struct load_answer *answer)
{
    const char *problem = answer->problem ? strerror(answer->problem) : NULL;

    fprintf(stderr,
            "weir-load: request %lld has no answer: its connection, after %u answers and %.1f s "
            "idle, %s%s%s%s\n",
            (long long)task_of(conn)->number, conn->answers, (double)conn->idle_ms / 1000,
            load_client_end_words(answer->end), problem ? " (" : "", problem ? problem : "",
            problem ? ")" : "");
}

static void show_bad(struct load *load, const struct load_conn *conn,
                     const struct load_answer *answer)
{
    struct text body = text_slice(answer->body, 0, SHOWN_BYTES);

    if (load->shown++ >= SHOWN_MAX) return;
    if (answer->end != LOAD_ANSWERED) {
        show_lost(conn, answer);
    } else {
        fprintf(stderr, "weir-load: status %d: " TEXT_FMT "\n", answer->status, TEXT_ARG(body));
    }
}

/* The first half was answered well: the second one goes out. */
static void send_second(struct load *load, struct load_conn *conn, int64_t now_ns)
{
    struct task *task = task_of(conn);

    task->is_second = true;
    conn->may_repeat = load_template_may_repeat(&load->second);
    load_template_write(&load->second, task->number, task->line, &conn->out);
    load_client_send(conn, now_ns);
}

static void on_answer(struct load_conn *conn, const struct load_answer *answer)
{
    struct load *load = conn->client->ctx;
    const struct options *options = &load->options;
    struct task *task = task_of(conn);
    int64_t now_ns = clock_monotonic_ns();
    bool good = is_good(task->is_second ? options->then_expect : options->expect, answer);

    if (good && options->then_path && !task->is_second) {
        keep_record(load, task, answer->body);
        send_second(load, conn, now_ns);
        return;
    }
    load->answered++;
    load->ends[answer->end]++;
    load->last_ns = now_ns;
    if (good && task->is_second && task->due_ns >= load->measure_ns) {
        load_sample_add(&load->second_sample, now_ns - answer->since_ns);
    }
    if (good) {
        if (!task->is_second) keep_record(load, task, answer->body);
        count_good(load, task, now_ns);
    } else {
        show_bad(load, conn, answer);
    }
    watch_memory(load);
    start_requests(load);
    end_if_done(load);
}

/* Options */

enum key {
    KEY_PORT = 256,
    KEY_METHOD,
    KEY_PATH,
    KEY_HEADER,
    KEY_BODY,
    KEY_EXPECT,
    KEY_CONNECTIONS,
    KEY_SECONDS,
    KEY_WARMUP,
    KEY_REQUESTS,
    KEY_RATE,
    KEY_WATCH,
    KEY_THEN_METHOD,
    KEY_THEN_PATH,
    KEY_THEN_BODY,
    KEY_THEN_EXPECT,
    KEY_LINES,
    KEY_FIRST,
    KEY_RECORD,
    KEY_FIELD,
    KEY_IDLE_MAX,
    KEY_IDEMPOTENT,
};

static const struct argp_option argp_options[] = {
    {"port", KEY_PORT, "N", 0, "port on 127.0.0.1", 0},
    {"method", KEY_METHOD, "NAME", 0, "of the request (POST)", 0},
    {"path", KEY_PATH, "PATH", 0, "of the request (/)", 0},
    {"header", KEY_HEADER, "LINE", 0, "a further header; repeatable", 0},
    {"body", KEY_BODY, "TEXT", 0, "of the request", 0},
    {"expect", KEY_EXPECT, "TEXT", 0, "what a good answer has in its body", 0},
    {"connections", KEY_CONNECTIONS, "N", 0, "kept alive, one request each at a time (64)", 0},
    {"seconds", KEY_SECONDS, "N", 0, "how long it measures (10)", 0},
    {"warmup", KEY_WARMUP, "N", 0, "seconds before that (2)", 0},
    {"requests", KEY_REQUESTS, "N", 0, "ends after so many, instead of a time", 0},
    {"rate", KEY_RATE, "N", 0, "open loop: requests a second", 0},
    {"watch", KEY_WATCH, "PID", 0, "with --requests: sample this process's memory", 0},
    {"then-method", KEY_THEN_METHOD, "NAME", 0, "of the second half (POST)", 0},
    {"then-path", KEY_THEN_PATH, "PATH", 0, "there is a second half, of this path", 0},
    {"then-body", KEY_THEN_BODY, "TEXT", 0, "of the second half", 0},
    {"then-expect", KEY_THEN_EXPECT, "TEXT", 0, "what its good answer has in its body", 0},
    {"lines", KEY_LINES, "FILE", 0, "fields for {1} to {9}, a line a request, in turn", 0},
    {"first", KEY_FIRST, "N", 0, "the first request's {n} (0)", 0},
    {"record", KEY_RECORD, "FILE", 0, "number and field of each good first answer", 0},
    {"field", KEY_FIELD, "NAME", 0, "which field of the answer's JSON is recorded", 0},
    {"idle-max", KEY_IDLE_MAX, "MS", 0, "a connection idle for so long is renewed (4000)", 0},
    {"idempotent", KEY_IDEMPOTENT, NULL, 0, "a first half may come twice, whatever its method", 0},
    {0},
};

static int64_t number(const char *arg, struct argp_state *state)
{
    int64_t value;

    if (!parse_int64(text_from(arg), &value) || value < 0 || value > 100000000) {
        argp_error(state, "%s is not a number that fits", arg);
    }
    return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_PORT: options->port = number(arg, state); break;
    case KEY_METHOD: options->method = arg; break;
    case KEY_PATH: options->path = arg; break;
    case KEY_HEADER: buf_printf(&options->headers, "%s\r\n", arg); break;
    case KEY_BODY: options->body = arg; break;
    case KEY_EXPECT: options->expect = arg; break;
    case KEY_CONNECTIONS: options->connections = number(arg, state); break;
    case KEY_SECONDS: options->seconds_ms = 1000 * number(arg, state); break;
    case KEY_WARMUP: options->warmup_ms = 1000 * number(arg, state); break;
    case KEY_REQUESTS: options->requests = number(arg, state); break;
    case KEY_RATE: options->rate = number(arg, state); break;
    case KEY_WATCH: options->watch = number(arg, state); break;
    case KEY_THEN_METHOD: options->then_method = arg; break;
    case KEY_THEN_PATH: options->then_path = arg; break;
    case KEY_THEN_BODY: options->then_body = arg; break;
    case KEY_THEN_EXPECT: options->then_expect = arg; break;
    case KEY_LINES: options->lines = arg; break;
    case KEY_FIRST: options->first = number(arg, state); break;
    case KEY_RECORD: options->record = arg; break;
    case KEY_FIELD: options->field = arg; break;
    case KEY_IDLE_MAX: options->idle_max_ms = number(arg, state); break;
    case KEY_IDEMPOTENT: options->idempotent = true; break;
    case ARGP_KEY_END:
        if (options->port < 1 || options->port > 65535) argp_error(state, "--port is missing");
        if (options->connections < 1) argp_error(state, "--connections is at least 1");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* A descriptor a connection, and some for the loop. */
static void raise_file_limit(int64_t connections)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)connections + 64;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= want) return;
    limit = (struct rlimit){.rlim_cur = want, .rlim_max = MAX(want, limit.rlim_max)};
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    fprintf(stderr, "weir-load: %lld connections need more open files; raise ulimit -n\n",
            (long long)connections);
    exit(2);
}

static void print_memory(const struct load *load)
{
    if (load->rss_count > 0) printf(",\"rss_kb\":[");
    for (int i = 0; i < load->rss_count; i++) {
        printf("%s%ld", i ? "," : "", load->rss_kb[i]);
    }
    if (load->rss_count > 0) printf("]");
}

/* What became of the requests that have no answer. */
static void print_lost(const struct load *load)
{
    const char *separator = "";

    printf(",\"repeated\":%llu,\"dial_errors\":%llu,\"lost\":{",
           (unsigned long long)load->client.repeated, (unsigned long long)load->client.dial_errors);
    for (enum load_end end = LOAD_ANSWERED + 1; end < LOAD_ENDS; end++) {
        if (load->ends[end] == 0) continue;
        printf("%s\"%s\":%lld", separator, load_client_end_name(end), (long long)load->ends[end]);
        separator = ",";
    }
    printf("}");
}

static void report(struct load *load)
{
    struct options *options = &load->options;
    bool by_count = options->requests > 0;
    int64_t count = by_count ? load->good : load->measured;
    double seconds =
        (double)(by_count ? load->last_ns - load->begin_ns : load->end_ns - load->measure_ns) / 1e9;
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("{\"good\":%lld,\"bad\":%lld,\"unanswered\":%u,\"seconds\":%.3f,\"per_s\":%.1f,"
           "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"driver_cpu_s\":%.2f",
           (long long)load->good, (long long)(load->answered - load->good), load->client.busy_count,
           seconds, seconds > 0 ? (double)count / seconds : 0,
           load_sample_quantile(&load->sample, 0.5), load_sample_quantile(&load->sample, 0.9),
           load_sample_quantile(&load->sample, 0.99), load_sample_quantile(&load->sample, 1),
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    if (options->then_path) {
        printf(",\"then_p50_ms\":%.3f,\"then_p99_ms\":%.3f,\"then_max_ms\":%.3f",
               load_sample_quantile(&load->second_sample, 0.5),
               load_sample_quantile(&load->second_sample, 0.99),
               load_sample_quantile(&load->second_sample, 1));
    }
    print_lost(load);
    print_memory(load);
    printf("}\n");
}

static struct load_template half(const struct options *options, bool second)
{
    return (struct load_template){
        .method = second ? options->then_method : options->method,
        .path = second ? options->then_path : options->path,
        .body = second ? options->then_body : options->body,
        .headers = buf_get(&options->headers),
        .port = options->port,
    };
}

static void run(struct load *load)
{
    struct options *options = &load->options;
    struct sockaddr_in *address = (struct sockaddr_in *)&load->client.address;

    load->first = half(options, false);
    load->second = half(options, true);
    load->tasks = memory_array((size_t)options->connections, sizeof(*load->tasks));
    load->client.loop = load->loop;
    load->client.conn_count = (uint32_t)options->connections;
    load->client.idle_max_ms = options->idle_max_ms;
    load->client.on_answer = on_answer;
    load->client.on_free = on_free;
    load->client.ctx = load;
    load->client.address_len = sizeof(*address);
    *address = (struct sockaddr_in){.sin_family = AF_INET,
                                    .sin_port = htons((uint16_t)options->port),
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    load->tick.on_fire = on_tick;
    load->drain.on_fire = on_drain;
    load->begin_ns = clock_monotonic_ns();
    load->measure_ns = load->begin_ns + options->warmup_ms * (NS_PER_SECOND / 1000);
    load->end_ns = load->measure_ns + options->seconds_ms * (NS_PER_SECOND / 1000);
    if (options->requests > 0) load->measure_ns = load->begin_ns;
    watch_memory(load);
    load_client_init(&load->client);
    loop_timer_start(load->loop, &load->tick, RATE_TICK_MS);
    loop_run(load->loop);
    report(load);
}

/* What the options name is opened before anything is sent. */
static void open_files(struct load *load)
{
    const struct options *options = &load->options;

    if (options->lines && !load_lines_read(&load->lines, options->lines)) {
        fprintf(stderr, "weir-load: there are no lines to be read in %s\n", options->lines);
        exit(2);
    }
    if (!options->record) return;
    load->record = fopen(options->record, "we");
    if (!load->record) {
        fprintf(stderr, "weir-load: %s cannot be written\n", options->record);
        exit(2);
    }
}

static void done(struct load *load)
{
    if (load->record) (void)fclose(load->record);
    load_client_done(&load->client);
    load_sample_done(&load->sample);
    load_sample_done(&load->second_sample);
    load_template_done(&load->first);
    load_template_done(&load->second);
    load_lines_done(&load->lines);
    memory_free(load->tasks);
    loop_free(load->loop);
    buf_done(&load->options.headers);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = argp_options,
        .parser = parse_option,
        .doc = "Sends one HTTP request over and over and prints how fast the answers were.",
    };
    struct load load = {.options = {.method = "POST",
                                    .path = "/",
                                    .then_method = "POST",
                                    .connections = 64,
                                    .seconds_ms = 10000,
                                    .warmup_ms = 2000,
                                    .idle_max_ms = IDLE_MAX_MS}};
    struct error err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &load.options);
    raise_file_limit(load.options.connections);
    open_files(&load);
    load.loop = loop_new(LOOP_EPOLL, &err);
    if (!load.loop) {
        fprintf(stderr, "weir-load: %s\n", err.message);
        return 2;
    }
    run(&load);
    bool well = load.good == load.answered && load.client.busy_count == 0;

    done(&load);
    return well ? 0 : 1;
}
