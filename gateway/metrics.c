/* Metrics: arrays by index in the tables of routes and commands; the last row is for no route. */
#include "gateway/metrics.h"

#include "base/memory.h"
#include "gateway/registry.h"
#include "gateway/router.h"

#define CLASSES 6 /* of status: 5 is 5xx */

static const double bounds_s[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                  0.25,  0.5,    1,     2.5,  5,     10,   30};
#define BUCKETS (sizeof bounds_s / sizeof bounds_s[0])

struct metrics {
    uint64_t (*by_route)[CLASSES], (*by_command)[CLASSES];
    int route_count, command_count;
    uint64_t buckets[BUCKETS + 1];
    uint64_t duration_us, count;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = MEMORY_NEW(struct metrics);

    while (router_routes()[metrics->route_count].pattern) {
        metrics->route_count++;
    }
    while (registry_commands()[metrics->command_count].name) {
        metrics->command_count++;
    }
    metrics->by_route = memory_array((size_t)metrics->route_count + 1, sizeof *metrics->by_route);
    metrics->by_command =
        memory_array((size_t)metrics->command_count + 1, sizeof *metrics->by_command);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics) return;
    memory_free(metrics->by_route);
    memory_free(metrics->by_command);
    memory_free(metrics);
}

void metrics_count(struct metrics *metrics, const struct route *route,
                   const struct command *command, int status, int64_t duration_ns)
{
    int class = status / 100 < CLASSES ? status / 100 : 0;
    double seconds = (double)duration_ns / 1e9;
    size_t bucket = 0;

    if (command) {
        metrics->by_command[command - registry_commands()][class]++;
    } else {
        metrics->by_route[route ? route - router_routes() : metrics->route_count][class]++;
    }
    while (bucket < BUCKETS && seconds > bounds_s[bucket]) {
        bucket++;
    }
    metrics->buckets[bucket]++;
    metrics->duration_us += (uint64_t)(duration_ns / 1000);
    metrics->count++;
}

static void write_row(struct buf *out, const char *route, const uint64_t counts[CLASSES])
{
    for (int i = 0; i < CLASSES; i++) {
        if (counts[i] == 0) continue;
        buf_printf(out, "weir_http_requests_total{route=\"%s\",status=\"%dxx\"} %llu\n", route, i,
                   (unsigned long long)counts[i]);
    }
}

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    uint64_t total = 0;

    buf_cstr(out, "# TYPE weir_http_requests_total counter\n");
    for (int i = 0; i < metrics->route_count; i++) {
        write_row(out, router_routes()[i].pattern, metrics->by_route[i]);
    }
    write_row(out, "none", metrics->by_route[metrics->route_count]);
    for (int i = 0; i < metrics->command_count; i++) {
        write_row(out, registry_commands()[i].name, metrics->by_command[i]);
    }
    buf_cstr(out, "# TYPE weir_http_request_seconds histogram\n");
    for (size_t i = 0; i < BUCKETS; i++) {
        total += metrics->buckets[i];
        buf_printf(out, "weir_http_request_seconds_bucket{le=\"%g\"} %llu\n", bounds_s[i],
                   (unsigned long long)total);
    }
    buf_printf(out, "weir_http_request_seconds_bucket{le=\"+Inf\"} %llu\n",
               (unsigned long long)metrics->count);
    buf_printf(out, "weir_http_request_seconds_sum %.6f\n", (double)metrics->duration_us / 1e6);
    buf_printf(out, "weir_http_request_seconds_count %llu\n", (unsigned long long)metrics->count);
}
