/*
 * weir-load: sends an HTTP request over and over and says how fast the answers were.
 *
 * Closed loop: each connection sends again as soon as it was answered. Open loop (--rate): requests
 * are due at fixed times, and a latency counts from when its request was due, so that a server that
 * stalls is charged for what it kept waiting. What could not be sent by the end is sent late; what
 * is still unsent or unanswered when the driver gives up enters the latencies with what it has
 * waited until then, which is less than it would have.
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
 * It ends after a time (--seconds, behind a --warmup) or a number of requests (--requests), or when
 * the server is silent: no connection, or no answer, for long. It prints one line of JSON. --watch
 * samples the memory of a process meanwhile, at twenty points of the way;
 * --record keeps the number of each good answer, and what --field says of its body.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "loadtest/load_client.h"
#include "loadtest/load_lines.h"
#include "loadtest/load_options.h"
#include "loadtest/load_process.h"
#include "loadtest/load_sample.h"
#include "loadtest/load_template.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define RATE_TICK_MS  1
#define WATCH_POINTS  20
#define SHOWN_MAX     3 /* unexpected answers that are printed */
#define SHOWN_BYTES   600
#define NS_PER_SECOND 1000000000LL

/* What a connection is at: one for each, by its place in the client. */
struct task {
    int64_t number, due_ns;
    struct text line;
    bool is_second;
};

/* What was spent until a moment. */
struct spent {
    int64_t at_ns, driver_ns, target_ms;
};

struct load {
    struct load_options options;
    struct loop *loop;
    struct load_client client;
    struct load_template first, second;
    struct load_lines lines;
    struct task *tasks;
    FILE *record;
    struct load_sample sample, second_sample;
    struct loop_timer tick, drain;
    int64_t begin_ns, measure_ns, end_ns, last_ns;
    int64_t due; /* requests that there shall be; INT64_MAX: as many as the time allows */
    int64_t started, answered, good, measured, shown;
    int64_t ends[LOAD_ENDS];
    bool is_over, is_measuring, was_answered;
    int64_t open_ns;    /* when there was a connection, most lately */
    int64_t ended_ns;   /* when a request came to an end, or none was under way, most lately */
    struct buf silence; /* why the server counts as silent; empty: it does not */
    struct spent from, to;
    long rss_kb[WATCH_POINTS + 1];
    int rss_count;
};

/* Memory */

static void watch_memory(struct load *load)
{
    int64_t pid = load->options.watch;

    if (pid == 0 || load->rss_count > WATCH_POINTS) return;
    if (load->answered < load->options.requests * load->rss_count / WATCH_POINTS) return;
    load->rss_kb[load->rss_count++] = load_process_resident_kb(pid);
}

/* Requests */

static int64_t seconds_ns(int64_t seconds)
{
    return seconds * NS_PER_SECOND;
}

/* In open loop. */
static int64_t due_ns_of(const struct load *load, int64_t index)
{
    int64_t rate = load->options.rate;

    return load->begin_ns + seconds_ns(index / rate) + index % rate * NS_PER_SECOND / rate;
}

static bool is_enough(const struct load *load)
{
    const struct load_options *options = &load->options;
    int64_t late_ns = options->rate > 0 ? seconds_ns(options->patience) : 0;

    if (load->started >= load->due) return true;
    return options->requests == 0 && clock_monotonic_ns() >= load->end_ns + late_ns;
}

static struct spent spent_now(const struct load *load)
{
    int64_t target = load->options.target;

    return (struct spent){.at_ns = clock_monotonic_ns(),
                          .driver_ns = clock_thread_cpu_ns(),
                          .target_ms = target ? load_process_cpu_ms(target) : 0};
}

static void end_if_done(struct load *load)
{
    if (!is_enough(load)) return;
    if (!load->is_over) {
        load->to = spent_now(load);
        loop_timer_start(load->loop, &load->drain, load->options.answer_max * 1000);
    }
    load->is_over = true;
    if (load_client_busy(&load->client) == 0) loop_stop(load->loop);
}

static struct task *task_of(const struct load_conn *conn)
{
    struct load *load = conn->client->ctx;

    return &load->tasks[conn - load->client.conns];
}

static void start_requests(struct load *load)
{
    int64_t rate = load->options.rate;

    while (load->silence.len == 0 && !is_enough(load)) {
        int64_t due_ns = clock_monotonic_ns();

        if (rate > 0) {
            int64_t next_ns = due_ns_of(load, load->started);

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

/* Ends it all when nobody listens, or nobody answers. */
static void watch_silence(struct load *load)
{
    const struct load_options *options = &load->options;
    const struct load_client *client = &load->client;
    int64_t now_ns = clock_monotonic_ns();
    uint32_t busy_count = load_client_busy(client);

    if (load_client_open(client) > 0) load->open_ns = now_ns;
    if (busy_count == 0) load->ended_ns = now_ns;
    if (now_ns - load->open_ns >= seconds_ns(options->patience)) {
        buf_printf(&load->silence, "no connection to 127.0.0.1:%lld for %lld s: %s",
                   (long long)options->port, (long long)options->patience,
                   client->dial_problem ? strerror(client->dial_problem) : "dials have no answer");
    } else if (now_ns - load->ended_ns >= seconds_ns(options->answer_max)) {
        buf_printf(&load->silence, "none of %u requests under way was answered for %lld s",
                   busy_count, (long long)options->answer_max);
    }
    if (load->silence.len > 0) loop_stop(load->loop);
}

static void on_tick(struct loop_timer *timer)
{
    struct load *load = CONTAINER_OF(timer, struct load, tick);

    if (!load->is_measuring && clock_monotonic_ns() >= load->measure_ns) {
        load->is_measuring = true;
        load->from = spent_now(load);
    }
    start_requests(load);
    end_if_done(load);
    watch_silence(load);
    if (!load->is_over) loop_timer_start(load->loop, &load->tick, RATE_TICK_MS);
}

static void on_drain(struct loop_timer *timer)
{
    struct load *load = CONTAINER_OF(timer, struct load, drain);

    fprintf(stderr, "weir-load: %u requests were not answered within %lld s of the end\n",
            load_client_busy(&load->client), (long long)load->options.answer_max);
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
    const struct load_options *options = &load->options;
    struct task *task = task_of(conn);
    int64_t now_ns = clock_monotonic_ns();
    bool good = is_good(task->is_second ? options->then_expect : options->expect, answer);

    load->ended_ns = now_ns;
    load->was_answered |= answer->end == LOAD_ANSWERED;
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

/* What has no answer has waited until now at least: without it, the worst would be left out. */
static void add_waiting(struct load *load)
{
    int64_t now_ns = clock_monotonic_ns();
    bool is_open_loop = load->options.rate > 0;

    for (uint32_t i = 0; i < load->client.conn_count; i++) {
        const struct load_conn *conn = &load->client.conns[i];
        const struct task *task = &load->tasks[i];

        if (conn->state != LOAD_BUSY && conn->state != LOAD_RENEWING) continue;
        if (task->due_ns < load->measure_ns) continue;
        load_sample_add(&load->sample, now_ns - task->due_ns);
        if (task->is_second) load_sample_add(&load->second_sample, now_ns - conn->since_ns);
    }
    for (int64_t i = load->started; is_open_loop && i < load->due; i++) {
        int64_t due_ns = due_ns_of(load, i);

        if (due_ns > now_ns) return;
        if (due_ns >= load->measure_ns) load_sample_add(&load->sample, now_ns - due_ns);
    }
}

/* A server that is gone at the end, or that never said anything, was silent for too short a time to
 * be given up. */
static void find_silence(struct load *load)
{
    const struct load_client *client = &load->client;

    if (load->silence.len > 0) return;
    if (load_client_open(client) == 0 && client->dial_problem != 0) {
        buf_printf(&load->silence, "no connection to 127.0.0.1:%lld at the end: %s",
                   (long long)load->options.port, strerror(client->dial_problem));
    } else if (!load->was_answered) {
        buf_cstr(&load->silence, "no request was answered");
    }
}

static int64_t unsent_of(const struct load *load)
{
    return load->due == INT64_MAX ? 0 : load->due - load->started;
}

static void print_shares(const struct load *load)
{
    double ns = (double)MAX(load->to.at_ns - load->from.at_ns, 1);

    printf(",\"driver_cpu_pct\":%.1f",
           (double)(load->to.driver_ns - load->from.driver_ns) * 100 / ns);
    if (load->from.target_ms < 0 || load->to.target_ms < 0 || load->options.target == 0) return;
    printf(",\"target_cpu_pct\":%.1f",
           (double)(load->to.target_ms - load->from.target_ms) * 1e8 / ns);
}

static void report(struct load *load)
{
    struct load_options *options = &load->options;
    bool by_count = options->requests > 0;
    int64_t count = by_count ? load->good : load->measured;
    double seconds =
        (double)(by_count ? load->last_ns - load->begin_ns : load->end_ns - load->measure_ns) / 1e9;

    printf("{\"good\":%lld,\"bad\":%lld,\"unanswered\":%u,\"due\":%lld,\"unsent\":%lld,"
           "\"seconds\":%.3f,\"per_s\":%.1f,"
           "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f",
           (long long)load->good, (long long)(load->answered - load->good),
           load_client_busy(&load->client), (long long)(load->started + unsent_of(load)),
           (long long)unsent_of(load), MAX(seconds, 0), seconds > 0 ? (double)count / seconds : 0,
           load_sample_quantile(&load->sample, 0.5), load_sample_quantile(&load->sample, 0.9),
           load_sample_quantile(&load->sample, 0.99), load_sample_quantile(&load->sample, 1));
    print_shares(load);
    if (options->then_path) {
        printf(",\"then_p50_ms\":%.3f,\"then_p99_ms\":%.3f,\"then_max_ms\":%.3f",
               load_sample_quantile(&load->second_sample, 0.5),
               load_sample_quantile(&load->second_sample, 0.99),
               load_sample_quantile(&load->second_sample, 1));
    }
    print_lost(load);
    print_memory(load);
    if (load->silence.len > 0) printf(",\"silence\":\"%s\"", load->silence.ptr);
    printf("}\n");
}

static struct load_template half(const struct load_options *options, bool second)
{
    return (struct load_template){
        .method = second ? options->then_method : options->method,
        .path = second ? options->then_path : options->path,
        .body = second ? options->then_body : options->body,
        .headers = buf_get(&options->headers),
        .port = options->port,
    };
}

static int64_t due_count(const struct load_options *options)
{
    if (options->requests > 0) return options->requests;
    return options->rate > 0 ? (options->warmup + options->seconds) * options->rate : INT64_MAX;
}

static void run(struct load *load)
{
    struct load_options *options = &load->options;
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
    load->measure_ns = load->begin_ns + seconds_ns(options->warmup);
    load->end_ns = load->measure_ns + seconds_ns(options->seconds);
    if (options->requests > 0) load->measure_ns = load->begin_ns;
    load->due = due_count(options);
    load->open_ns = load->ended_ns = load->begin_ns;
    load->from = spent_now(load);
    watch_memory(load);
    load_client_init(&load->client);
    loop_timer_start(load->loop, &load->tick, RATE_TICK_MS);
    loop_run(load->loop);
    if (!load->is_over) load->to = spent_now(load);
    find_silence(load);
    add_waiting(load);
    report(load);
}

/* What the options name is opened before anything is sent. */
static void open_files(struct load *load)
{
    const struct load_options *options = &load->options;

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
    buf_done(&load->silence);
    load_options_done(&load->options);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct error err = {0};

    load_options_parse(&load.options, argc, argv);
    raise_file_limit(load.options.connections);
    open_files(&load);
    load.loop = loop_new(LOOP_EPOLL, &err);
    if (!load.loop) {
        fprintf(stderr, "weir-load: %s\n", err.message);
        return 2;
    }
    run(&load);
    bool well = load.good == load.answered && load_client_busy(&load.client) == 0 &&
                unsent_of(&load) == 0 && load.silence.len == 0;

    if (load.silence.len > 0) fprintf(stderr, "weir-load: %s\n", load.silence.ptr);

    done(&load);
    return well ? 0 : 1;
}
