/*
 * Runs. Waiting is long polling: runs.get with waitMs answers when the run ends or parks, or after
 * POLL_MS, and is asked again until --timeout. A run that restarted is followed to the one that it
 * goes on in. Progress goes to stderr, on a terminal only.
 */
#include "cli/run_commands.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/parse.h"
#include "cli/answer.h"
#include "cli/client.h"

#include <stdio.h>
#include <unistd.h>

#define POLL_MS           20000
#define TIMEOUT_DEFAULT_S 300

static bool is_over(struct text status)
{
    return !text_equal(status, TEXT("queued")) && !text_equal(status, TEXT("running"));
}

static bool ended_badly(struct text status)
{
    return is_over(status) && !text_equal(status, TEXT("completed")) &&
           !text_equal(status, TEXT("waiting"));
}

static void show_progress(struct text id, struct text status)
{
    if (!isatty(STDERR_FILENO)) return;
    fprintf(stderr, "\r\033[K" TEXT_FMT "  " TEXT_FMT "%s", TEXT_ARG(id), TEXT_ARG(status),
            is_over(status) ? "\n" : " …");
}

static int get_run(const struct cli *cli, struct text id, int64_t wait_ms, struct buf *answer,
                   struct error *err)
{
    struct buf args = {0};
    struct json_writer writer;

    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_text(&writer, "workflowId", id);
    json_put_bool(&writer, "includeSteps", true);
    json_put_bool(&writer, "includeResult", true);
    if (command_value(cli, "steps") || cli->full) {
        json_put_bool(&writer, "includeStepResults", true);
    }
    if (wait_ms > 0) json_put_int(&writer, "waitMs", wait_ms);
    json_write_object_end(&writer);
    int code = client_call(cli, "runs.get", buf_get(&args), answer, err);

    buf_done(&args);
    return code;
}

/* Asks until the run is over or the time is up, then prints the last answer. */
static int wait_and_print(struct cli *cli, struct text id)
{
    struct buf answer = {0};
    struct error err = {0};
    int64_t timeout_s = TIMEOUT_DEFAULT_S;
    const char *given = command_value(cli, "timeout");
    bool wait = command_value(cli, "wait") != NULL;
    int code = CLIENT_OK;
    struct text status = TEXT_NONE;

    if (given && (!parse_int64(text_from(given), &timeout_s) || timeout_s < 0)) {
        return answer_usage(cli, "--timeout takes seconds, not %s", given);
    }
    int64_t deadline_ms = clock_monotonic_ms() + timeout_s * 1000;

    do {
        int64_t left_ms = deadline_ms - clock_monotonic_ms();

        buf_reset(&answer);
        code = get_run(cli, id, wait ? MIN(left_ms, POLL_MS) : 0, &answer, &err);
        if (code != CLIENT_OK) break;
        const struct json *tree = json_read(cli->arena, buf_get(&answer), &err);

        const struct json *run = json_get(json_get(tree, "data"), "run");
        struct text next = json_get_text(run, "continuedTo");

        status = json_get_text(run, "status");
        if (wait) show_progress(id, status);
        if (wait && next.ptr) {
            id = next;
            status = TEXT("running");
        }
    } while (wait && !is_over(status) && clock_monotonic_ms() < deadline_ms);
    if (code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
    } else {
        answer_print(cli, buf_get(&answer));
        if (code == CLIENT_OK && wait && ended_badly(status)) code = CLIENT_RUN_FAILED;
    }
    buf_done(&answer);
    return code;
}

int run_commands_start(struct cli *cli)
{
    struct buf args = {0};
    struct buf answer = {0};
    struct json_writer writer;
    struct error err = {0};

    if (!command_value(cli, "wait")) return command_call(cli);
    json_write_init(&writer, &args);
    json_write_object(&writer);
    int code = CLIENT_USAGE;

    if (command_write_args(cli, &writer, &err)) {
        json_write_object_end(&writer);
        code = client_call(cli, "runs.start", buf_get(&args), &answer, &err);
    }
    buf_done(&args);
    if (code == CLIENT_USAGE || code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
    } else if (code == CLIENT_REFUSED) {
        answer_print(cli, buf_get(&answer));
    } else {
        const struct json *tree = json_read(cli->arena, buf_get(&answer), &err);

        code = wait_and_print(cli, json_get_text(json_get(tree, "data"), "workflowId"));
    }
    buf_done(&answer);
    return code;
}

int run_commands_show(struct cli *cli)
{
    return wait_and_print(cli, text_from(cli->words[0]));
}
