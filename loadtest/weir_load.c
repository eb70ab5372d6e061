/*
 * weir-load: sends one HTTP request over and over and says how fast the answers were.
 *
 * Closed loop: each connection sends again as soon as it was answered. Open loop (--rate): requests
 * are due at fixed times, and a latency counts from when its request was due, so that a server that
 * stalls is charged for what it kept waiting.
 *
 * It ends after a time (--seconds, behind a --warmup) or a number of requests (--requests); prints
 * one line of JSON. --watch samples the memory of a process meanwhile, at twenty points of the way.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parse.h"
#include "loadtest/load_client.h"
#include "loadtest/load_sample.h"

#include <argp.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DRAIN_MS      35000 /* over the longest waitMs */
#define RATE_TICK_MS  1
#define WATCH_POINTS  20
#define SHOWN_MAX     3 /* unexpected answers that are printed */
#define SHOWN_BYTES   600
#define NS_PER_SECOND 1000000000LL

struct options {
    const char *method, *path, *body, *expect;
    struct buf headers;
    int64_t port, connections, seconds_ms, warmup_ms, requests, rate, watch;
};

struct load {
    struct options options;
    struct loop *loop;
    struct load_client client;
    struct load_sample sample;
    struct loop_timer tick, drain;
    int64_t begin_ns, measure_ns, end_ns, last_ns;
    int64_t started, answered, good, measured, shown;
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
        if (!load_client_send(&load->client, due_ns)) return;
        load->started++;
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
    loop_stop(CONTAINER_OF(timer, struct load, drain)->loop);
}

static bool is_good(const struct options *options, const struct load_answer *answer)
{
    if (answer->status < 200 || answer->status > 299) return false;
    return !options->expect || text_index_of(answer->body, text_from(options->expect)) >= 0;
}

static void on_answer(struct load_client *client, const struct load_answer *answer)
{
    struct load *load = client->ctx;
    int64_t now_ns = clock_monotonic_ns();
    bool good = is_good(&load->options, answer);

    load->answered++;
    load->last_ns = now_ns;
    if (good) {
        load->good++;
        if (answer->since_ns >= load->measure_ns) {
            load_sample_add(&load->sample, now_ns - answer->since_ns);
        }
        if (now_ns >= load->measure_ns && now_ns <= load->end_ns) load->measured++;
    } else if (load->shown++ < SHOWN_MAX) {
        struct text body = text_slice(answer->body, 0, SHOWN_BYTES);

        fprintf(stderr, "weir-load: status %d: " TEXT_FMT "\n", answer->status, TEXT_ARG(body));
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
    case ARGP_KEY_END:
        if (options->port < 1 || options->port > 65535) argp_error(state, "--port is missing");
        if (options->connections < 1) argp_error(state, "--connections is at least 1");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void write_request(const struct options *options, struct buf *out)
{
    buf_printf(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%lld\r\n", options->method, options->path,
               (long long)options->port);
    buf_text(out, buf_get(&options->headers));
    if (options->body) {
        buf_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                   strlen(options->body));
    }
    buf_cstr(out, "\r\n");
    buf_cstr(out, options->body ? options->body : "");
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
    if (load->rss_count > 0) printf(",\"rss_kb\":[");
    for (int i = 0; i < load->rss_count; i++) {
        printf("%s%ld", i ? "," : "", load->rss_kb[i]);
    }
    printf("%s}\n", load->rss_count > 0 ? "]" : "");
}

static void run(struct load *load, struct text request)
{
    struct options *options = &load->options;
    struct sockaddr_in *address = (struct sockaddr_in *)&load->client.address;

    load->client.loop = load->loop;
    load->client.request = request;
    load->client.conn_count = (uint32_t)options->connections;
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
    load_client_done(&load->client);
    load_sample_done(&load->sample);
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
                                    .connections = 64,
                                    .seconds_ms = 10000,
                                    .warmup_ms = 2000}};
    struct buf request CLEANUP(buf_done) = {0};
    struct error err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &load.options);
    raise_file_limit(load.options.connections);
    write_request(&load.options, &request);
    load.loop = loop_new(LOOP_EPOLL, &err);
    if (!load.loop) {
        fprintf(stderr, "weir-load: %s\n", err.message);
        return 2;
    }
    run(&load, buf_get(&request));
    loop_free(load.loop);
    buf_done(&load.options.headers);
    return load.good == load.answered && load.client.busy_count == 0 ? 0 : 1;
}
