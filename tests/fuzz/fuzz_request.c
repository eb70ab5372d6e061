/*
 * A whole request: any method, path, headers and body to any route, or any body to the commands by
 * somebody who may do everything. The database refuses all, so that it goes as far as what was sent
 * takes it. It is answered exactly once, whatever it is.
 *
 * The input: "METHOD path", lines of headers, a blank line, the body. The method COMMAND gives the
 * body to the commands, KEYS to the handler of one, as if the workspace's keys were there.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "flow/vm.h"
#include "gateway/gateway_private.h"
#include "gateway/registry.h"
#include "gateway/router.h"
#include "scheduler/handover.h"
#include "storage/storage.h"
#include "tests/fuzz/fuzz.h"

#define HEADERS_MAX 32
#define NOWHERE     "/nowhere"

static struct gateway *gateway;

/* All that a gateway has, but for the listener. It lives as long as the process. */
static void start_gateway(void)
{
    static const uint8_t master[32] = {1};
    const struct gateway_config config = {
        .database = {.host = NOWHERE, .dbname = "weir"},
        .engine = {.host = NOWHERE, .dbname = "weir"},
        .redis = {.unix_path = NOWHERE "/redis"},
        .listen = "127.0.0.1",
        .base_url = "http://127.0.0.1",
        .master_key = master,
        .core = vm_core_new(),
        .handover = handover_new(1, 1),
    };

    gateway = gateway_new(&config);
    ASSERT(gateway->loop);
    gateway_parts_open(gateway);
    storage_refuse(gateway->storage);
    gateway->state = GATEWAY_DRAINING; // nothing is tried again
}

static char to_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void add_header(struct request *request, struct text line)
{
    struct text value = line;
    struct text name = arena_text(&request->arena, text_cut(&value, ':'));
    char *lower = (char *)name.ptr; // NOLINT: of our own arena

    if (!value.ptr || request->header_count == HEADERS_MAX) return;
    for (size_t i = 0; i < name.len; i++) {
        lower[i] = to_lower(lower[i]);
    }
    request->headers[request->header_count++] =
        (struct request_header){name, arena_text(&request->arena, text_trim(value))};
}

/* As request_new() makes it of what h2o has read; its connection is gone. */
static struct request *read_request(struct text input)
{
    struct request *request = MEMORY_NEW(struct request);
    struct text whole = text_cut(&input, '\n');

    arena_init(&request->arena, 0);
    arena_init(&request->rows, 1UL << 20);
    gateway->request_count++;
    request->gateway = gateway;
    request->started_ns = clock_monotonic_ns();
    request->method = arena_text(&request->arena, text_cut(&whole, ' '));
    whole = arena_text(&request->arena, whole);
    request->path = text_cut(&whole, '?');
    request->query = whole;
    request->headers = ARENA_ARRAY(&request->arena, HEADERS_MAX, struct request_header);
    for (struct text line = text_cut(&input, '\n'); line.len > 0; line = text_cut(&input, '\n')) {
        add_header(request, line);
    }
    request->body = arena_text(&request->arena, input);
    return request;
}

static void log_in(struct request *request)
{
    request->principal = TEXT("fuzzer");
    request->token_kind = TEXT("user");
    request->role = TEXT("owner");
    request->workspace = 1;
    request->workspace_name = TEXT("acme");
}

/* Answers too when it runs nothing. */
static void run_handler(struct request *request)
{
    struct error err = {0};
    const struct json *body = json_read(&request->arena, request->body, &err);
    const struct command *command = registry_find(json_get_text(body, "command"));

    request->has_keys = true;
    request->wait_key_version = 1;
    request->command = command;
    request->args = json_get(body, "args");
    if (command && registry_check(command, request->args, &err)) {
        command->run(request);
    } else {
        request_send(request, 400, TEXT("text/plain"), TEXT("no"));
    }
}

void fuzz_input(struct text input)
{
    if (!gateway) start_gateway();
    struct request *request = read_request(input);

    if (text_equal(request->method, TEXT("COMMAND"))) {
        log_in(request);
        registry_post(request);
    } else if (text_equal(request->method, TEXT("KEYS"))) {
        log_in(request);
        run_handler(request);
    } else {
        router_run(request, NULL);
    }
    while (gateway->request_count > 0) {
        loop_turn(gateway->loop, 1);
    }
}
