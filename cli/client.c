/*
 * The client, by libcurl's easy interface. A call is tried again, with the same operation id, when
 * no answer came: the connection was refused or broke, or the server said 503.
 */
#include "cli/client.h"

#include "base/id.h"

#include <curl/curl.h>

#include <stdio.h>
#include <unistd.h>

#define ATTEMPTS_MAX    3
#define ATTEMPT_WAIT_US 300000
#define ANSWER_MAX      (64UL * 1024 * 1024)
#define TIMEOUT_S       60L

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
    struct buf *out = ctx;

    buf_append(out, data, size * count);
    return out->overflow ? 0 : size * count;
}

static struct curl_slist *headers_new(const struct cli *cli, int attempt, const char *operation)
{
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    char line[1024];

    if (cli->token) {
        snprintf(line, sizeof line, "Authorization: Bearer %s", cli->token);
        list = curl_slist_append(list, line);
    }
    if (cli->workspace) {
        snprintf(line, sizeof line, "X-Weir-Workspace: %s", cli->workspace);
        list = curl_slist_append(list, line);
    }
    snprintf(line, sizeof line, "X-Weir-Operation-ID: %s", operation);
    list = curl_slist_append(list, line);
    snprintf(line, sizeof line, "X-Weir-Operation-Attempt: %d", attempt);
    return curl_slist_append(list, line);
}

static bool unreachable(const struct cli *cli, const char *why, struct error *err)
{
    error_set(err, E_CONNECT, "%s could not be reached: %s", cli->api, why);
    return error_hint(err, "Start a server with `weir up`, or set WEIR_API_URL.");
}

/* One attempt; true when an answer came, with its status. */
static bool attempt_once(CURL *curl, const struct cli *cli, struct text body, int attempt,
                         const char *operation, struct buf *out, long *out_status,
                         struct error *err)
{
    char url[1024];
    char why[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = headers_new(cli, attempt, operation);

    snprintf(url, sizeof url, "%s/api/commands", cli->api);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.ptr);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    CURLcode code = curl_easy_perform(curl);

    curl_slist_free_all(headers);
    *out_status = 0;
    if (code != CURLE_OK) return unreachable(cli, why[0] ? why : curl_easy_strerror(code), err);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
    return true;
}

int client_call(const struct cli *cli, const char *name, struct text args, struct buf *out,
                struct error *err)
{
    struct buf body = {0};
    struct json_writer writer;
    char operation[UUID_TEXT_SIZE];
    CURL *curl = curl_easy_init();
    size_t start = out->len;
    long status = 0;
    bool answered = false;

    out->limit = start + ANSWER_MAX;
    id_format(id_uuid7(), operation);
    json_write_init(&writer, &body);
    json_write_object(&writer);
    json_put_cstr(&writer, "command", name);
    json_put_raw(&writer, "args", args);
    json_write_object_end(&writer);
    for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        if (attempt > 1) usleep(ATTEMPT_WAIT_US * (useconds_t)attempt);
        out->len = start;
        answered = attempt_once(curl, cli, buf_get(&body), attempt, operation, out, &status, err);
        if (answered && status != 503) break;
    }
    curl_easy_cleanup(curl);
    buf_done(&body);
    if (!answered) return CLIENT_UNREACHABLE;
    if (out->len == start || out->ptr[start] != '{') {
        unreachable(cli, "what answers there is no weir server", err);
        return CLIENT_UNREACHABLE;
    }
    return status < 400 ? CLIENT_OK : CLIENT_REFUSED;
}
