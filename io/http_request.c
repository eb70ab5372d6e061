/*
 * HTTP request: what goes out. Checks what the caller gave, since header names and values, the
 * method and the URL may come from a flow, and turns it into options of an easy handle; works out
 * where a redirect leads and what may go there.
 */
#include "base/assert.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/memory.h"
#include "io/http_private.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Checking. */

static bool is_token(struct text name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!is_alnum && (c == '\0' || !strchr(others, c))) return false;
    }
    return name.len > 0;
}

static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static bool is_one_of(struct text name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal_nocase(name, text_from(list[i]))) return true;
    }
    return false;
}

static bool check_headers(const struct http_op *op, struct error *err)
{
    static const char *const ours[] = {
        "content-length",     "transfer-encoding", "connection", "expect",
        "keep-alive",         "upgrade",           "te",         "trailer",
        "proxy-authorization"};
    size_t total = 0;

    if (op->header_count > HTTP_HEADERS_MAX) {
        return error_set(err, E_INPUT, "the request has %zu headers, over the limit of %d",
                         op->header_count, HTTP_HEADERS_MAX);
    }
    for (size_t i = 0; i < op->header_count; i++) {
        const struct http_header *header = &op->headers[i];

        total += header->name.len + header->value.len + 4;
        if (header->name.len > 256 || !is_token(header->name)) {
            return error_set(err, E_INPUT, "the name of request header %zu is not a header name",
                             i + 1);
        }
        if (!is_value(header->value)) {
            error_set(err, E_INPUT, "request header " TEXT_FMT " has a control character in it",
                      TEXT_ARG(header->name));
            return error_hint(err, "Remove line breaks from the header's value.");
        }
        if (is_one_of(header->name, ours, ARRAY_COUNT(ours))) {
            error_set(err, E_INPUT, "request header " TEXT_FMT " cannot be set",
                      TEXT_ARG(header->name));
            return error_hint(err, "Leave it out; it is set as the request needs it.");
        }
    }
    if (total <= HTTP_HEADERS_BYTES) return true;
    return error_set(err, E_INPUT, "the request's headers have %zu bytes, over the limit of %d",
                     total, HTTP_HEADERS_BYTES);
}

bool http_request_check(struct http_op *op, struct error *err)
{
    struct text method = op->method.len ? op->method : TEXT("GET");

    for (size_t i = 0; i < method.len; i++) {
        if (method.len <= 16 && method.ptr[i] >= 'A' && method.ptr[i] <= 'Z') continue;
        error_set(err, E_INPUT, "the HTTP method is not a word in capitals");
        return error_hint(err, "Use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.");
    }
    if (text_equal(method, TEXT("CONNECT")) || text_equal(method, TEXT("TRACE"))) {
        return error_set(err, E_INPUT, "the HTTP method " TEXT_FMT " is not allowed",
                         TEXT_ARG(method));
    }
    if (text_equal(method, TEXT("HEAD")) && op->body.ptr) {
        return error_set(err, E_INPUT, "a HEAD request has no body");
    }
    if (op->url.len == 0 || op->url.len > HTTP_URL_BYTES) {
        return error_set(err, E_INPUT, "the URL has %zu bytes, not 1 to %d", op->url.len,
                         HTTP_URL_BYTES);
    }
    return check_headers(op, err);
}

/* The URL. */

/* Reads url_text and origin out of the URL; http and https only. */
static bool read_url(struct http_transfer *transfer, struct error *err, enum error_code code)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool is_http = curl_url_get(transfer->url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   (text_equal(text_from(scheme), TEXT("http")) ||
                    text_equal(text_from(scheme), TEXT("https")));
    bool is_read =
        is_http && curl_url_get(transfer->url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(transfer->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        host[0] != '\0' && strlen(host) < 256;

    curl_free(transfer->url_text);
    transfer->url_text = NULL;
    if (is_read) {
        (void)snprintf(transfer->origin, sizeof(transfer->origin), "%s://%s:%s", scheme, host,
                       port);
        is_read = curl_url_get(transfer->url, CURLUPART_URL, &transfer->url_text, 0) == CURLUE_OK;
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    if (is_read) return true;
    error_set(err, code,
              is_http ? "the URL has no proper host" : "the URL is neither http nor https");
    return error_hint(err, "Use an absolute URL such as https://example.com/path.");
}

bool http_request_init(struct http_transfer *transfer, struct error *err)
{
    const struct http_op *op = transfer->op;
    struct text method = op->method.len ? op->method : TEXT("GET");
    char *url = memory_new(op->url.len + 1);

    memcpy(url, op->url.ptr, op->url.len);
    memcpy(transfer->method, method.ptr, method.len); // at most 16, checked; zeroed before
    transfer->body = op->body;
    transfer->url = curl_url();
    ASSERT(transfer->url != NULL);
    CURLUcode code = strlen(url) == op->url.len
                         ? curl_url_set(transfer->url, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME)
                         : CURLUE_BAD_HOSTNAME; // a NUL in it

    memory_free(url);
    if (code != CURLUE_OK) {
        error_set(err, E_INPUT, "the URL cannot be read: %s", curl_url_strerror(code));
        return error_hint(err, "Use an absolute URL such as https://example.com/path.");
    }
    return read_url(transfer, err, E_INPUT);
}

/* The body goes along with 307 and 308, and the method; else a POST becomes a GET, as browsers do
 * and RFC 9110 allows; 303 always means GET. */
static void change_method(struct http_transfer *transfer, int status)
{
    struct text method = text_from(transfer->method);
    bool is_post = text_equal(method, TEXT("POST"));
    bool is_head = text_equal(method, TEXT("HEAD"));

    if (status == 307 || status == 308 || is_head) return;
    if (status != 303 && !is_post) return;
    memcpy(transfer->method, "GET", sizeof("GET"));
    transfer->body = TEXT_NONE;
}

bool http_request_redirect(struct http_transfer *transfer, int status, struct text location,
                           struct error *err)
{
    char origin[HTTP_ORIGIN_SIZE];
    char *target = memory_new(location.len + 1);

    memcpy(origin, transfer->origin, sizeof(origin));
    memcpy(target, location.ptr, location.len);
    CURLUcode code = curl_url_set(transfer->url, CURLUPART_URL, target, CURLU_NON_SUPPORT_SCHEME);

    memory_free(target);
    if (code != CURLUE_OK) {
        return error_set(err, E_REMOTE, "%s redirects to a URL that cannot be read: %s", origin,
                         curl_url_strerror(code));
    }
    if (!read_url(transfer, err, E_REMOTE)) {
        return error_set(err, E_REMOTE, "%s redirects to a URL that is not http or https", origin);
    }
    change_method(transfer, status);
    if (strcmp(origin, transfer->origin) != 0) transfer->is_elsewhere = true; // for good
    if (transfer->is_elsewhere && transfer->body.ptr && transfer->op->body_sensitive) {
        error_set(err, E_EGRESS, "%s redirects to %s, where the body must not go", origin,
                  transfer->origin);
        return error_hint(err, "Send the request to the final address.");
    }
    return true;
}

/* Options. */

static bool may_send(const struct http_transfer *transfer, const struct http_header *header)
{
    static const char *const private[] = {"authorization", "cookie", "host"};

    if (!transfer->is_elsewhere) return true;
    return !header->sensitive && !is_one_of(header->name, private, ARRAY_COUNT(private));
}

static void add_header(struct http_transfer *transfer, const char *line)
{
    struct curl_slist *list = curl_slist_append(transfer->headers, line);

    ASSERT(list != NULL);
    transfer->headers = list;
}

static void free_headers(struct http_transfer *transfer)
{
    for (struct curl_slist *item = transfer->headers; item; item = item->next) {
        crypto_wipe(item->data, strlen(item->data)); // tokens
    }
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

static bool has_header(const struct http_op *op, const char *name)
{
    for (size_t i = 0; i < op->header_count; i++) {
        if (text_equal_nocase(op->headers[i].name, text_from(name))) return true;
    }
    return false;
}

static void apply_headers(struct http_transfer *transfer)
{
    const struct http_op *op = transfer->op;
    struct buf line = {0};

    free_headers(transfer);
    for (size_t i = 0; i < op->header_count; i++) {
        const struct http_header *header = &op->headers[i];
        struct text value = text_trim(header->value);

        if (!may_send(transfer, header)) continue;
        buf_reset(&line);
        buf_text(&line, header->name);
        buf_cstr(&line, value.len ? ": " : ";"); // libcurl's way to say: with an empty value
        buf_text(&line, value);
        add_header(transfer, line.ptr);
    }
    add_header(transfer, "Expect:"); // no waiting for 100 Continue
    if (!has_header(op, "content-type")) {
        add_header(transfer, "Content-Type:"); // else libcurl calls every body a form
    }
    if (line.ptr) crypto_wipe(line.ptr, line.len);
    buf_done(&line);
    (void)curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static void apply_method(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    struct text method = text_from(transfer->method), body = transfer->body;
    bool wants_body = text_equal(method, TEXT("POST")) || text_equal(method, TEXT("PUT")) ||
                      text_equal(method, TEXT("PATCH"));

    if (text_equal(method, TEXT("HEAD"))) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (body.ptr || wants_body) {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.len ? body.ptr : "");
    } else {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer->method);
}

/* The guard: asked for each address that libcurl is about to connect to. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *transfer = ctx;
    (void)purpose;

    if (!egress_check(transfer->op->egress, &address->addr, &transfer->refusal)) {
        transfer->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    transfer->was_opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void apply_connection(struct http_transfer *transfer)
{
    const struct http_op *op = transfer->op;
    struct http_client *client = transfer->pool->client;
    CURL *easy = transfer->easy;
    int64_t connect_ms = op->connect_timeout_ms > 0 ? op->connect_timeout_ms : 10000;

    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_pool_close_socket);
    (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, client);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, op->at_most_once ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (client->ca_file) (void)curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
}

void http_request_apply(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;

    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); // never wait for a resolver thread
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "weir/" WEIR_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_URL, transfer->url_text);
    if (!has_header(transfer->op, "accept-encoding")) {
        (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    }
    apply_headers(transfer);
    apply_method(transfer);
    apply_connection(transfer);
}

void http_request_done(struct http_transfer *transfer)
{
    free_headers(transfer);
    curl_url_cleanup(transfer->url);
    curl_free(transfer->url_text);
    transfer->url = NULL;
    transfer->url_text = NULL;
}
