#pragma once

/*
 * A worker on its own thread, on a Postgres and a Redis of the test's own, and a small HTTP server
 * for its steps to call. Included by one file of a test program only.
 */
#include "base/log.h"
#include "base/parse.h"
#include "base/thread.h"
#include "executor/worker.h"
#include "flow/codec.h"
#include "flow/vm.h"
#include "scheduler/handover.h"
#include "scheduler/queue.h"
#include "scheduler/sweeper.h"
#include "storage/vault.h"
#include "tests/unit/storage/storage_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/eventfd.h>

/* ---- an HTTP server ---- */

#define TARGET_CALLS_MAX 64

/* One connection a request. Paths: /json answers {"n": 1}, /echo what was posted, /no 404, /flaky
 * 503 twice and then 200, /hang nothing before target_release(). */
struct target {
    int fd, port, release_fd;
    struct thread *thread;
    pthread_mutex_t lock;
    int call_count;
    char heads[TARGET_CALLS_MAX][2048];
    char bodies[TARGET_CALLS_MAX][2048];
    int flaky;
};

static struct target target;

static inline void target_reply(int fd, int status, const char *body)
{
    char text[4096];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                       "Connection: close\r\n\r\n%s",
                       status, strlen(body), body);

    (void)!write(fd, text, (size_t)len);
}

static inline void target_read(int fd, char *head, size_t head_size, char *body, size_t body_size)
{
    char data[4096] = "";
    size_t len = 0;
    char *end = NULL;
    size_t want = 0;

    while (len < sizeof(data) - 1) {
        ssize_t got = read(fd, data + len, sizeof(data) - 1 - len);

        if (got <= 0) break;
        len += (size_t)got;
        data[len] = '\0';
        end = strstr(data, "\r\n\r\n");
        if (!end) continue;
        char *length = strcasestr(data, "content-length:");
        int64_t count = 0;

        if (length && length < end) {
            struct text digits = {length + 15, strcspn(length + 15, "\r")};

            ASSERT(parse_int64(text_trim(digits), &count));
        }
        want = (size_t)(end + 4 - data) + (size_t)count;
        if (len >= want) break;
    }
    (void)snprintf(head, head_size, "%.*s", end ? (int)(end - data) : 0, data);
    (void)snprintf(body, body_size, "%s", end ? end + 4 : "");
}

static inline void target_serve(void *arg)
{
    (void)arg;
    for (;;) {
        int fd = accept4(target.fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0) return;
        pthread_mutex_lock(&target.lock);
        int i = target.call_count % TARGET_CALLS_MAX;
        char *head = target.heads[i];
        char *body = target.bodies[i];

        pthread_mutex_unlock(&target.lock);
        target_read(fd, head, sizeof(target.heads[i]), body, sizeof(target.bodies[i]));
        pthread_mutex_lock(&target.lock);
        target.call_count++;
        pthread_mutex_unlock(&target.lock);
        if (strstr(head, " /json ")) target_reply(fd, 200, "{\"n\": 1, \"list\": [1, 2.5, null]}");
        if (strstr(head, " /echo ")) target_reply(fd, 200, body);
        if (strstr(head, " /no ")) target_reply(fd, 404, "{\"error\": \"nothing\"}");
        if (strstr(head, " /flaky ")) {
            target_reply(fd, ++target.flaky < 3 ? 503 : 200, "{\"fine\": true}");
        }
        if (strstr(head, " /hang ")) {
            uint64_t value;

            (void)!read(target.release_fd, &value, sizeof(value));
            target_reply(fd, 200, "{\"late\": true}");
        }
        close(fd);
    }
}

static inline void target_release(void)
{
    uint64_t one = 1;

    (void)!write(target.release_fd, &one, sizeof(one));
}

static inline int target_calls(void)
{
    pthread_mutex_lock(&target.lock);
    int count = target.call_count;
    pthread_mutex_unlock(&target.lock);
    return count;
}

static inline void target_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);

    target.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT(bind(target.fd, (struct sockaddr *)&address, size) == 0);
    ASSERT(listen(target.fd, 64) == 0);
    ASSERT(getsockname(target.fd, (struct sockaddr *)&address, &size) == 0);
    target.port = ntohs(address.sin_port);
    target.release_fd = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&target.lock, NULL);
    target.thread = thread_start("target", target_serve, NULL);
}

static inline void target_stop(void)
{
    (void)shutdown(target.fd, SHUT_RDWR);
    thread_join(target.thread);
    close(target.fd);
    close(target.release_fd);
}

/* ---- the worker ---- */

static const uint8_t master_key[VAULT_KEY_SIZE] = {1, 2, 3, 4, 5};

struct bench {
    struct private_server redis;
    struct core *core;
    struct worker *worker;
    struct thread *thread;
    int64_t server;
    int flow_count;
    struct redis_client *client; /* ours, to tell workers of runs, as gateways do */
    struct queue *queue;
    struct scheduler_context scheduler;
    struct sweeper sweeper; /* as in every server: finds what a hint was lost of */
    bool is_connected, is_closed;
    struct handover *handover; /* of the workers that are started from now on; or NULL */
    size_t memory_bytes;       /* of the workers that are started from now on; 0: as usual */
};

static struct bench bench;

static inline void bench_run(void *arg)
{
    struct error err = {0};

    if (!worker_run(arg, &err)) print_message("worker: %s\n", err.message);
}

static inline struct worker *bench_worker(int64_t server, int index)
{
    char path[PRIVATE_PATH_SIZE];

    private_redis_path(&bench.redis, path);
    struct worker_config config = {
        .database = private_pg_config(&world.server),
        .redis = {.unix_path = path},
        .core = bench.core,
        .server_id = server,
        .index = index,
        .egress_allow = "127.0.0.0/8",
        .base_url = "http://weir.test/",
        .master_key = master_key,
        .handover = bench.handover,
        .memory_bytes = bench.memory_bytes,
    };

    return worker_new(&config);
}

static inline void bench_start_worker(int index)
{
    bench.worker = bench_worker(bench.server, index);
    bench.thread = thread_start("worker", bench_run, bench.worker);
}

static inline void bench_stop_worker(void)
{
    worker_stop(bench.worker);
    thread_join(bench.thread);
    worker_free(bench.worker);
    bench.worker = NULL;
}

static inline int64_t bench_workspace(const char *name)
{
    struct buf wait_key = {0};
    struct buf data_key = {0};

    vault_key_new(master_key, text_from(name), VAULT_WAIT_KEY, &wait_key);
    vault_key_new(master_key, text_from(name), VAULT_DATA_KEY, &data_key);
    struct workspace_create create = {.call = fixture_call(),
                                      .name = text_from(name),
                                      .wait_key = buf_get(&wait_key),
                                      .data_key = buf_get(&data_key)};

    workspace_create_start(&create);
    fixture_await_well();
    buf_done(&wait_key);
    buf_done(&data_key);
    return create.workspace.id;
}

static inline void bench_on_ready(struct redis_client *client, void *ctx)
{
    (void)client;
    (void)ctx;
    bench.is_connected = true;
    if (!bench.queue) return;
    queue_on_ready(bench.queue);
    if (bench.sweeper.context) sweeper_kick(&bench.sweeper);
}

static inline void bench_on_closed(void *ctx)
{
    (void)ctx;
    bench.is_closed = true;
}

static inline void bench_connect(void)
{
    char path[PRIVATE_PATH_SIZE];
    struct redis_config config = {.on_ready = bench_on_ready};

    private_redis_path(&bench.redis, path);
    config.unix_path = path;
    bench.client = redis_client_new(world.loop, &config);
    bench.queue = queue_new(world.loop, &(struct queue_config){.redis = bench.client});
    while (!bench.is_connected) {
        loop_turn(world.loop, -1);
    }
    bench.scheduler = (struct scheduler_context){
        .loop = world.loop, .storage = world.storage, .redis = bench.client, .queue = bench.queue};
    bench.sweeper = (struct sweeper){.context = &bench.scheduler};
    sweeper_start(&bench.sweeper);
}

/* What the sweeper has in flight still answers; it is done with when the storage is closed. */
static inline void bench_disconnect(void)
{
    bench.scheduler.is_stopping = true;
    sweeper_stop(&bench.sweeper);
    queue_free(bench.queue);
    redis_client_close(bench.client, bench_on_closed, NULL);
    while (!bench.is_closed) {
        loop_turn(world.loop, -1);
    }
}

/* The run is due. */
static inline void bench_push(struct uuid run)
{
    struct queue_entry entry = {.workspace = world.workspace, .run = run, .flow = TEXT("1")};

    queue_push(bench.queue, &entry, 1);
}

static inline int bench_setup(void **state)
{
    (void)fixture_setup(state);
    private_redis_start(&bench.redis);
    world.workspace = bench_workspace("ws-bench");
    bench.server = fixture_server(3600000);
    bench.core = vm_core_new();
    target_start();
    bench_connect();
    bench_start_worker(1);
    return 0;
}

static inline int bench_teardown(void **state)
{
    target_release();
    if (bench.worker) bench_stop_worker();
    target_stop();
    bench_disconnect();
    vm_core_free(bench.core);
    private_stop(&bench.redis);
    int failed = fixture_teardown(state);

    sweeper_done(&bench.sweeper);
    return failed;
}

/* ---- runs ---- */

/* Pushes a flow whose body is given (with %d where the target's port belongs) and starts a run. */
static inline struct uuid bench_start(const char *body, const char *input_json, const char *extra)
{
    char slug[32];
    struct buf source = {0};
    struct buf input = {0};
    struct error err = {0};

    (void)snprintf(slug, sizeof(slug), "flow-%d", ++bench.flow_count);
    buf_printf(&source,
               "{:slug :%s :name \"%s\" :concurrency {:type :singleton :on-new-version :coexist} "
               "%s :flow '(let [input (flow/input) port %d] %s)}",
               slug, slug, extra, target.port, body);
    (void)fixture_flow(slug, buf_get(&source).ptr, true);
    assert_true(codec_from_json(text_from(input_json), false, &input, &err));
    struct admission admission = fixture_admission(slug);

    admission.input = buf_get(&input);
    fixture_admit_all(&admission, 1);
    assert_int_equal(admission.outcome, ADMITTED);
    buf_done(&source);
    buf_done(&input);
    bench_push(admission.run);
    return admission.run;
}

static inline void bench_pause(int64_t ms)
{
    loop_turn(world.loop, 0);
    (void)poll(NULL, 0, (int)ms);
}

/* A run with a seat for it, once a worker has one. */
static inline struct handover_run *bench_take_seat(void)
{
    struct handover_run *run = handover_run_new();

    for (;;) {
        run->seat = handover_reserve(bench.handover, world.workspace);
        if (run->seat.owner) return run;
        bench_pause(5);
    }
}

/* Waits until the run has one of the statuses (bits). */
static inline struct run_record bench_until(struct uuid run, uint32_t statuses)
{
    for (int i = 0; i < 1500; i++) {
        struct run_record record = fixture_run(run);

        if (statuses & (1U << record.status)) return record;
        bench_pause(10);
    }
    struct run_record last = fixture_run(run);

    print_message("the run is %s\n", status_run(last.status));
    fail();
    return last;
}

#define BENCH_ENDED                                                                                \
    ((1U << RUN_COMPLETED) | (1U << RUN_FAILED) | (1U << RUN_CANCELLED) | (1U << RUN_TERMINATED) | \
     (1U << RUN_TIMED_OUT))
#define BENCH_WAITS (1U << RUN_WAITING)

static inline const char *bench_json(struct text encoded)
{
    struct buf json = {0};
    struct error err = {0};

    if (!encoded.ptr) return "absent";
    if (!codec_to_json(encoded, &json, &err)) return "cannot be shown";
    const char *copied = arena_cstr(&world.arena, buf_get(&json));

    buf_done(&json);
    return copied;
}

/* The run ends with that result. */
static inline void assert_result(struct uuid run, const char *expected)
{
    struct run_record record = bench_until(run, BENCH_ENDED);

    if (record.status != RUN_COMPLETED) print_message("%s\n", bench_json(record.error));
    assert_int_equal(record.status, RUN_COMPLETED);
    assert_string_equal(bench_json(record.result), expected);
}

static inline void bench_signal(struct uuid run, const char *address, const char *action,
                                const char *payload_json)
{
    struct buf payload = {0};
    struct error err = {0};

    assert_true(codec_from_json(text_from(payload_json), false, &payload, &err));
    struct signal_deliver signal = {.call = fixture_call(),
                                    .run = run,
                                    .address = text_from(address),
                                    .mode = -1,
                                    .action = action ? text_from(action) : TEXT_NONE,
                                    .by = TEXT("ann"),
                                    .payload = buf_get(&payload)};

    signal_deliver_start(&signal);
    fixture_await_well();
    buf_done(&payload);
    if (signal.outcome == SIGNAL_RESOLVED) bench_push(run);
}
