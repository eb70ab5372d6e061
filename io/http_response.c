/*
 * HTTP response: what comes in. Head and body gather in buffers with limits; on success they move
 * into the operation's arena. A failure becomes an error for the reader.
 */
#include "base/limits.h"
#include "io/http_private.h"

#include <string.h>

/* Gathering. */

static size_t on_head(const char *data, size_t size, size_t count, void *ctx)
{
    struct http_transfer *transfer = ctx;
    struct buf *head = &transfer->head;
    struct text line = text_trim((struct text){data, size * count});
    bool is_folded = count > 0 && (data[0] == ' ' || data[0] == '\t');

    if (text_starts_with((struct text){data, size * count}, TEXT("HTTP/"))) {
        buf_reset(head); // what came before was an interim answer
        return size * count;
    }
    if (line.len == 0) return size * count;
    if (is_folded && head->len > 0) head->ptr[head->len - 1] = ' '; // goes on with the last line
    buf_text(head, line);
    buf_char(head, '\n');
    if (!head->overflow) return size * count;
    transfer->is_too_large = true;
    return 0;
}

static size_t on_content(const char *data, size_t size, size_t count, void *ctx)
{
    struct http_transfer *transfer = ctx;

    buf_append(&transfer->content, data, size * count);
    if (!transfer->content.overflow) return size * count;
    transfer->is_too_large = true;
    return 0;
}

static size_t limit_of(const struct http_op *op)
{
    return op->max_response_bytes ? op->max_response_bytes : LIMIT_STEP_RESULT;
}

void http_response_apply(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    bool has_content = strcmp(transfer->method, "HEAD") != 0;

    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_content);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
    if (has_content) {
        (void)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limit_of(transfer->op));
    }
}

void http_response_reset(struct http_transfer *transfer)
{
    buf_done(&transfer->head);
    buf_done(&transfer->content);
    buf_init(&transfer->head, HTTP_HEADERS_BYTES);
    buf_init(&transfer->content, limit_of(transfer->op));
    transfer->is_too_large = transfer->was_refused = transfer->was_opened = false;
    transfer->refusal = (struct error){0};
    transfer->error_text[0] = '\0';
}

void http_response_done(struct http_transfer *transfer)
{
    buf_done(&transfer->head);
    buf_done(&transfer->content);
}

/* Reading. */

/* Takes the next "name: value" of the head. False at the end. */
static bool next_header(struct text *rest, struct text *out_name, struct text *out_value)
{
    while (rest->len > 0) {
        struct text line = text_cut(rest, '\n');
        ptrdiff_t colon = text_index_of_char(line, ':');

        if (colon <= 0) continue; // not a header: no use to anybody
        *out_name = text_trim(text_slice(line, 0, (size_t)colon));
        *out_value = text_trim(text_slice(line, (size_t)colon + 1, line.len));
        return true;
    }
    return false;
}

struct text http_response_header(const struct http_transfer *transfer, const char *name)
{
    struct text rest = buf_get(&transfer->head);
    struct text found, value;

    while (next_header(&rest, &found, &value)) {
        if (text_equal_nocase(found, text_from(name))) return value;
    }
    return TEXT_NONE;
}

static bool copy_text(struct arena *arena, struct text source, struct text *out)
{
    char *copy = arena_try(arena, source.len + 1); // zeroed: NUL behind it

    if (!copy) return false;
    if (source.len) memcpy(copy, source.ptr, source.len);
    *out = (struct text){copy, source.len};
    return true;
}

static void lower(char *ptr, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (ptr[i] >= 'A' && ptr[i] <= 'Z') ptr[i] = (char)(ptr[i] - 'A' + 'a');
    }
}

static bool copy_headers(struct http_transfer *transfer)
{
    struct http_op *op = transfer->op;
    struct text rest, name, value, block;
    size_t count = 0;

    // One copy of the block; names and values point into it.
    if (!copy_text(op->arena, buf_get(&transfer->head), &block)) return false;
    rest = block;
    while (next_header(&rest, &name, &value)) {
        count++;
    }
    op->response_headers = arena_try(op->arena, MAX(count, 1) * sizeof(struct http_header));
    if (!op->response_headers) return false;
    op->response_header_count = 0;
    rest = block;
    while (next_header(&rest, &name, &value)) {
        lower((char *)block.ptr + (name.ptr - block.ptr), name.len);
        op->response_headers[op->response_header_count++] =
            (struct http_header){.name = name, .value = value};
    }
    return true;
}

/* The last hop's URL without user and password. */
static bool copy_url(struct http_transfer *transfer)
{
    char *url = NULL;

    (void)curl_url_set(transfer->url, CURLUPART_USER, NULL, 0);
    (void)curl_url_set(transfer->url, CURLUPART_PASSWORD, NULL, 0);
    bool is_copied = curl_url_get(transfer->url, CURLUPART_URL, &url, 0) == CURLUE_OK &&
                     copy_text(transfer->op->arena, text_from(url), &transfer->op->final_url);

    curl_free(url);
    return is_copied;
}

bool http_response_take(struct http_transfer *transfer, struct error *err)
{
    struct http_op *op = transfer->op;
    struct text content = buf_get(&transfer->content);

    if (copy_headers(transfer) && copy_url(transfer) &&
        copy_text(op->arena, content, &op->response_body)) {
        return true;
    }
    return error_set(err, E_ARENA_BUDGET, "the answer of %s has %zu bytes, over the memory left",
                     transfer->origin, content.len);
}

/* Failures. */

static const struct failure {
    CURLcode code;
    enum error_code error;
    const char *what, *hint; /* hint NULL: the error's own */
} failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, E_CONNECT, "the host name cannot be resolved",
     "Check the spelling of the host name."},
    {CURLE_OPERATION_TIMEDOUT, E_TIMEOUT, "no connection in time", NULL},
    {CURLE_PEER_FAILED_VERIFICATION, E_CONNECT, "its TLS certificate is not trusted",
     "Use a certificate of a known authority, valid for this host name."},
    {CURLE_SSL_CACERT_BADFILE, E_CONNECT, "the file of trusted certificates cannot be read",
     "Install the package ca-certificates, or correct the configured file."},
    {CURLE_SSL_CONNECT_ERROR, E_CONNECT, "the TLS handshake failed",
     "Check that the port speaks TLS 1.2 or later."},
    {CURLE_GOT_NOTHING, E_CONNECT, "the connection was closed without an answer", NULL},
    {CURLE_SEND_ERROR, E_CONNECT, "the connection broke while sending", NULL},
    {CURLE_RECV_ERROR, E_CONNECT, "the connection broke while receiving", NULL},
    {CURLE_PARTIAL_FILE, E_CONNECT, "the connection broke in the middle of the answer", NULL},
    {CURLE_URL_MALFORMAT, E_INPUT, "the URL is malformed", NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, E_REMOTE, "the answer is not HTTP", NULL}, // URLs are checked
    {CURLE_BAD_CONTENT_ENCODING, E_REMOTE, "the answer cannot be decompressed", NULL},
    {CURLE_WEIRD_SERVER_REPLY, E_REMOTE, "the answer is not HTTP", NULL},
};

void http_response_error(struct http_transfer *transfer, CURLcode code, struct error *err)
{
    const char *method = transfer->method, *origin = transfer->origin;
    const struct failure *failure = NULL;
    long os_error = 0;

    for (size_t i = 0; i < ARRAY_COUNT(failures); i++) {
        if (failures[i].code == code) failure = &failures[i];
    }
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        error_set(err, E_TOO_LARGE, "%s %s: the answer is over the limit of %zu bytes", method,
                  origin, limit_of(transfer->op));
        error_hint(err, "Ask for less, for example by a page.");
    } else if (transfer->was_refused && !transfer->was_opened) {
        *err = transfer->refusal;
    } else if (code == CURLE_COULDNT_CONNECT) {
        (void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
        error_set(err, E_CONNECT, "%s %s: cannot connect%s%s", method, origin, os_error ? ": " : "",
                  os_error ? strerror((int)os_error) : "");
    } else if (failure) {
        error_set(err, failure->error, "%s %s: %s", method, origin, failure->what);
        if (failure->hint) error_hint(err, "%s", failure->hint);
    } else {
        error_set(err, E_REMOTE, "%s %s: %s", method, origin, curl_easy_strerror(code));
    }
    error_detail(err, "curl %d: %s", (int)code, transfer->error_text);
}
