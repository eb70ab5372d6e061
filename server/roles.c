/*
 * Roles: the threads of one server process.
 *
 *     migrate -> register the server (lease) -> start threads -> ready line -> WATCH
 *     WATCH --SIGINT, SIGTERM--> stop gateways -> stop workers -> stop scheduler -> end the lease
 *     WATCH --lease lost, a thread failed--> the same, with exit code 1: a supervisor starts us
 * again
 *
 * Gateways stop first, so that nothing new comes in; the scheduler last, since it renews the lease
 * that the workers' writes rest on. Threads tell the main thread what happens by one eventfd.
 */
#include "server/roles.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/ring.h"
#include "base/thread.h"
#include "executor/worker.h"
#include "flow/vm.h"
#include "gateway/gateway.h"
#include "scheduler/handover.h"
#include "scheduler/scheduler.h"
#include "server/blocking.h"
#include "server/connection.h"
#include "server/process.h"
#include "server/secret_file.h"
#include "storage/lease.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LEASE_MS     15000
#define WORKERS_MAX  128
#define GATEWAYS_MAX 64
#define THREADS_MAX  256

struct roles;

enum role_kind { KIND_GATEWAY, KIND_WORKER, KIND_SCHEDULER };

/* A thread of a role. */
struct role_thread {
    struct roles *roles;
    enum role_kind kind;
    struct thread *thread;
    struct gateway *gateway;
    struct worker *worker;
    struct scheduler *scheduler;
    struct error err; /* why it ended by itself */
};

/* What a thread tells the main thread. */
enum event_kind { EVENT_READY, EVENT_LEASE_LOST, EVENT_FAILED };

struct event {
    struct ring_message message;
    enum event_kind kind;
    struct role_thread *thread;
};

struct roles {
    const struct server_options *options;
    struct connection connection;
    struct blocking blocking;
    struct lease_register lease;
    struct lease_neighbours neighbours;
    struct lease_stop lease_stop;
    struct core *core;
    struct handover *handover;
    int worker_count, gateway_count;
    uint8_t master[32];
    char base_url[128];
    int64_t server_id;
    int port;
    struct role_thread threads[THREADS_MAX];
    int thread_count, ready_count;
    struct ring events;
    int event_fd;
};

static void post(struct role_thread *thread, enum event_kind kind)
{
    struct event *event = MEMORY_NEW(struct event);
    uint64_t one = 1;

    event->kind = kind;
    event->thread = thread;
    ring_push(&thread->roles->events, &event->message);
    while (write(thread->roles->event_fd, &one, sizeof one) < 0 && errno == EINTR) {
        // interrupted: again
    }
}

static void on_ready(void *ctx)
{
    post(ctx, EVENT_READY);
}

static void on_lease_lost(void *ctx)
{
    post(ctx, EVENT_LEASE_LOST);
}

static void thread_main(void *arg)
{
    struct role_thread *thread = arg;
    bool ok = false;

    switch (thread->kind) {
    case KIND_GATEWAY: ok = gateway_run(thread->gateway, &thread->err); break;
    case KIND_WORKER: ok = worker_run(thread->worker, &thread->err); break;
    case KIND_SCHEDULER: ok = scheduler_run(thread->scheduler, &thread->err); break;
    }
    if (!ok) post(thread, EVENT_FAILED);
}

static void on_lease(struct storage_call *call, const struct error *err)
{
    blocking_on_done(&CONTAINER_OF(call, struct roles, lease.call)->blocking, err);
}

static void on_lease_stop(struct storage_call *call, const struct error *err)
{
    blocking_on_done(&CONTAINER_OF(call, struct roles, lease_stop.call)->blocking, err);
}

static void on_neighbours(struct storage_call *call, const struct error *err)
{
    blocking_on_done(&CONTAINER_OF(call, struct roles, neighbours.call)->blocking, err);
}

static bool end_lease(struct roles *roles, struct arena *arena, int64_t server_id,
                      struct error *err)
{
    roles->lease_stop = (struct lease_stop){
        .call = {.storage = roles->blocking.storage, .arena = arena, .on_done = on_lease_stop},
        .server_id = server_id,
    };
    lease_stop_start(&roles->lease_stop);
    return blocking_wait(&roles->blocking, err);
}

/* Ends the leases of servers of this host whose process is gone: what they drove is due at once. */
static bool bury_neighbours(struct roles *roles, struct arena *arena, const char *process,
                            struct error *err)
{
    roles->neighbours = (struct lease_neighbours){
        .call = {.storage = roles->blocking.storage, .arena = arena, .on_done = on_neighbours},
        .prefix = process_host(process),
    };
    lease_neighbours_start(&roles->neighbours);
    if (!blocking_wait(&roles->blocking, err)) return false;
    for (size_t i = 0; i < roles->neighbours.count; i++) {
        const struct lease_neighbour *neighbour = &roles->neighbours.neighbours[i];

        if (!process_is_dead(neighbour->process, process)) continue;
        log_info("server/roles", "server %lld of this host is dead: its runs are due",
                 (long long)neighbour->server_id);
        if (!end_lease(roles, arena, neighbour->server_id, err)) return false;
    }
    return true;
}

/* A new incarnation in the table of servers. */
static bool register_server(struct roles *roles, struct error *err)
{
    struct arena arena;
    struct utsname host;
    char name[160];
    char process[PROCESS_TEXT_SIZE];
    bool ok = true;

    uname(&host);
    snprintf(name, sizeof name, "%s/%d", host.nodename, (int)getpid());
    if (!blocking_open(&roles->blocking, &roles->connection, err)) return false;
    arena_init(&arena, 0);
    if (process_describe(process)) ok = bury_neighbours(roles, &arena, process, err);
    roles->lease = (struct lease_register){
        .call = {.storage = roles->blocking.storage, .arena = &arena, .on_done = on_lease},
        .name = text_from(name),
        .version = TEXT(WEIR_VERSION),
        .process = text_from(process),
        .duration_ms = LEASE_MS,
    };
    if (ok) {
        lease_register_start(&roles->lease);
        ok = blocking_wait(&roles->blocking, err);
    }
    roles->server_id = roles->lease.server_id;
    arena_done(&arena);
    blocking_close(&roles->blocking);
    return ok;
}

/* The lease ends now, so that others take over at once what we left. Failing is harmless. */
static void unregister_server(struct roles *roles)
{
    struct arena arena;
    struct error err = {0};

    if (!roles->server_id || !blocking_open(&roles->blocking, &roles->connection, &err)) return;
    arena_init(&arena, 0);
    if (!end_lease(roles, &arena, roles->server_id, &err)) {
        log_write_error(LOG_WARN, "server/roles", "ending the lease failed", &err);
    }
    arena_done(&arena);
    blocking_close(&roles->blocking);
}

static struct role_thread *add_thread(struct roles *roles, enum role_kind kind)
{
    ASSERT(roles->thread_count < THREADS_MAX);
    struct role_thread *thread = &roles->threads[roles->thread_count++];

    thread->roles = roles;
    thread->kind = kind;
    return thread;
}

/* For /metrics, from a gateway's thread: the workers' counters are read without a lock. */
static void append_metrics(void *ctx, struct buf *out)
{
    static const char help[] = "# TYPE weir_worker_steps_total counter\n";
    struct roles *roles = ctx;

    buf_cstr(out, help);
    for (int i = 0; i < roles->thread_count; i++) {
        struct role_thread *thread = &roles->threads[i];

        if (!thread->worker) continue;
        struct worker_stats stats = worker_stats(thread->worker);

        buf_printf(out, "weir_worker_steps_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.steps);
        buf_printf(out, "weir_worker_claims_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.claims);
        buf_printf(out, "weir_worker_given_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.given);
        buf_printf(out, "weir_worker_runs_ended_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.runs_ended);
        buf_printf(out, "weir_worker_batches_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.batches);
        buf_printf(out, "weir_worker_batch_rows_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.batch_rows);
        buf_printf(out, "weir_worker_fenced_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.fenced);
        buf_printf(out, "weir_worker_given_back_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.given_back);
        buf_printf(out, "weir_worker_compiled_total{worker=\"%d\"} %llu\n", i,
                   (unsigned long long)stats.compiled);
        buf_printf(out, "weir_worker_memory_bytes{worker=\"%d\"} %zu\n", i, stats.memory_bytes);
        buf_printf(out, "weir_worker_runs{worker=\"%d\"} %u\n", i, stats.runs_now);
    }
}

static void add_gateway(struct roles *roles, int index)
{
    struct role_thread *thread = add_thread(roles, KIND_GATEWAY);
    struct gateway_config config = {
        .database = roles->connection.servers,
        .engine = roles->connection.servers,
        .redis = roles->connection.redis,
        .core = roles->core,
        .listen = roles->options->listen,
        .port = roles->port,
        .base_url = roles->base_url,
        .master_key = roles->master,
        .handover = roles->handover,
        .index = index,
        .on_ready = on_ready,
        .ctx = thread,
        .metrics = append_metrics,
        .metrics_ctx = roles,
    };

    thread->gateway = gateway_new(&config);
}

static void add_worker(struct roles *roles, int index)
{
    struct role_thread *thread = add_thread(roles, KIND_WORKER);
    struct worker_config config = {
        .database = roles->connection.servers,
        .redis = roles->connection.redis,
        .core = roles->core,
        .server_id = roles->server_id,
        .index = index,
        .egress_allow = roles->options->egress_allow,
        .base_url = roles->base_url,
        .master_key = roles->master,
        .handover = roles->handover,
        .on_ready = on_ready,
        .ctx = thread,
    };

    thread->worker = worker_new(&config);
}

static void add_scheduler(struct roles *roles)
{
    struct role_thread *thread = add_thread(roles, KIND_SCHEDULER);
    struct scheduler_config config = {
        .database = roles->connection.servers,
        .redis = roles->connection.redis,
        .server_id = roles->server_id,
        .on_ready = on_ready,
        .on_lease_lost = on_lease_lost,
        .ctx = thread,
    };

    thread->scheduler = scheduler_new(&config);
}

static void count_threads(struct roles *roles)
{
    const struct server_options *options = roles->options;
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    int workers = options->worker_count > 0 ? options->worker_count : MAX(cores, 1);

    if (options->roles & ROLE_EXECUTOR) roles->worker_count = MIN(workers, WORKERS_MAX);
    if (options->roles & ROLE_GATEWAY) {
        roles->gateway_count = MIN(options->gateway_count, GATEWAYS_MAX);
    }
}

static void start_threads(struct roles *roles)
{
    const struct server_options *options = roles->options;

    /* The scheduler renews the lease, so a server that executes has one whatever its roles. */
    if (options->roles & (ROLE_SCHEDULER | ROLE_EXECUTOR)) add_scheduler(roles);
    for (int i = 0; i < roles->worker_count; i++) {
        add_worker(roles, i);
    }
    for (int i = 0; i < roles->gateway_count; i++) {
        add_gateway(roles, i);
    }
    for (int i = 0; i < roles->thread_count; i++) {
        static const char *const names[] = {"gateway", "worker", "scheduler"};
        struct role_thread *thread = &roles->threads[i];

        thread->thread = thread_start(names[thread->kind], thread_main, thread);
    }
}

/* Stops the threads of a kind and waits for them. */
static void stop_threads(struct roles *roles, enum role_kind kind)
{
    for (int i = 0; i < roles->thread_count; i++) {
        struct role_thread *thread = &roles->threads[i];

        if (thread->kind != kind) continue;
        if (thread->gateway) gateway_stop(thread->gateway);
        if (thread->worker) worker_stop(thread->worker);
        if (thread->scheduler) scheduler_stop(thread->scheduler);
    }
    for (int i = 0; i < roles->thread_count; i++) {
        struct role_thread *thread = &roles->threads[i];

        if (thread->kind != kind) continue;
        thread_join(thread->thread);
        if (thread->gateway) gateway_free(thread->gateway);
        if (thread->worker) worker_free(thread->worker);
        if (thread->scheduler) scheduler_free(thread->scheduler);
        thread->gateway = NULL;
        thread->worker = NULL;
        thread->scheduler = NULL;
    }
}

static void print_ready(const struct roles *roles)
{
    if (roles->options->json) {
        printf("{\"ready\":true,\"url\":\"%s\",\"pid\":%d}\n", roles->base_url, (int)getpid());
    } else {
        printf("weir is ready: %s\n", roles->base_url);
    }
    fflush(stdout);
}

/* Takes what the threads said. False: the server cannot go on. */
static bool take_events(struct roles *roles, struct error *err)
{
    uint64_t ignored;
    bool ok = true;

    if (read(roles->event_fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN) return true;
    struct ring_message *message = ring_take(&roles->events);

    while (message) {
        struct event *event = CONTAINER_OF(message, struct event, message);

        message = message->next;
        if (event->kind == EVENT_READY && ++roles->ready_count == roles->thread_count) {
            print_ready(roles);
        } else if (event->kind == EVENT_LEASE_LOST) {
            ok = error_set(err, E_INTERRUPTED, "the lease of this server has passed");
        } else if (event->kind == EVENT_FAILED) {
            *err = event->thread->err;
            ok = false;
        }
        memory_free(event);
    }
    return ok;
}

/* What threads said after the last look; none is left. */
static void drop_events(struct roles *roles)
{
    struct ring_message *message = ring_take(&roles->events);

    while (message) {
        struct event *event = CONTAINER_OF(message, struct event, message);

        message = message->next;
        memory_free(event);
    }
}

static bool watch(struct roles *roles, int signal_fd, struct error *err)
{
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = roles->event_fd, .events = POLLIN}};

    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            return error_set(err, E_IO, "waiting for signals failed: %s", strerror(errno));
        }
        if (fds[0].revents) return true;
        if (fds[1].revents && !take_events(roles, err)) return false;
    }
}

/* All that must be in place before threads start. */
static bool prepare(struct roles *roles, const struct place *place, struct error *err)
{
    const struct server_options *options = roles->options;

    if (!connection_find(&roles->connection, options, place, err)) return false;
    if (!secret_file_load(options, place, roles->master, err)) return false;
    roles->port = options->port;
    if (options->roles & ROLE_GATEWAY &&
        !gateway_reserve_port(options->listen, &roles->port, err)) {
        return false;
    }
    if (options->base_url) {
        snprintf(roles->base_url, sizeof roles->base_url, "%s", options->base_url);
    } else {
        snprintf(roles->base_url, sizeof roles->base_url, "http://%s:%d", options->listen,
                 roles->port);
    }
    if (!storage_migrate(&roles->connection.owner, err)) return false;
    return register_server(roles, err);
}

static int serve(struct roles *roles, int signal_fd)
{
    struct error err = {0};

    roles->core = vm_core_new();
    count_threads(roles);
    roles->handover = handover_new(roles->worker_count, roles->gateway_count);
    start_threads(roles);
    bool ok = watch(roles, signal_fd, &err);

    if (!ok) log_write_error(LOG_ERROR, "server/roles", "stopping", &err);
    stop_threads(roles, KIND_GATEWAY);
    stop_threads(roles, KIND_WORKER);
    stop_threads(roles, KIND_SCHEDULER);
    drop_events(roles);
    unregister_server(roles);
    handover_free(roles->handover);
    vm_core_free(roles->core);
    return ok ? 0 : 1;
}

int roles_run(const struct server_options *options, const struct place *place)
{
    struct roles *roles = MEMORY_NEW(struct roles);
    struct error err = {0};
    sigset_t signals;
    int code = 3;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);

    roles->options = options;
    roles->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (prepare(roles, place, &err)) {
        code = serve(roles, signal_fd);
    } else {
        fprintf(stderr, "weir-server: %s\n", err.message);
        fprintf(stderr, "             %s\n", err.hint[0] ? err.hint : error_default_hint(err.code));
    }
    crypto_wipe(roles->master, sizeof roles->master);
    close(signal_fd);
    close(roles->event_fd);
    memory_free(roles);
    return code;
}
