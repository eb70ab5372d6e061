/*
 * Sealing and deriving. Every HMAC input begins with a word of its own ("callback", "link") and has
 * its parts separated by NUL, so that no token of one kind is one of another.
 */
#include "storage/vault.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "base/random.h"

#include <stdio.h>
#include <string.h>

#define MAC_SIZE     16 /* bytes of the HMAC that a token carries: 128 bits */
#define ADDRESS_MAX  512
#define TOKEN_PREFIX (sizeof(struct uuid) + MAC_SIZE)

static const char *const purpose_names[] = {"data-key", "wait-key"};

bool vault_master_parse(struct text source, uint8_t out[VAULT_KEY_SIZE], struct error *err)
{
    struct buf bytes = {0};
    bool ok = crypto_unhex(&bytes, text_trim(source)) && bytes.len == VAULT_KEY_SIZE;

    if (ok) memcpy(out, bytes.ptr, VAULT_KEY_SIZE);
    if (bytes.ptr) crypto_wipe(bytes.ptr, bytes.len);
    buf_done(&bytes);
    if (ok) return true;
    error_set(err, E_INPUT, "the master key is not 64 hex digits");
    return error_hint(err, "Make one with: openssl rand -hex 32");
}

static void key_context(struct text workspace_name, enum vault_purpose purpose, struct buf *out)
{
    buf_printf(out, "weir/%s/", purpose_names[purpose]);
    buf_text(out, workspace_name);
}

void vault_key_new(const uint8_t master[VAULT_KEY_SIZE], struct text workspace_name,
                   enum vault_purpose purpose, struct buf *sealed)
{
    uint8_t key[VAULT_KEY_SIZE];
    struct buf context = {0};

    random_bytes(key, sizeof key);
    key_context(workspace_name, purpose, &context);
    crypto_seal(master, buf_get(&context), (struct text){(const char *)key, sizeof key}, sealed);
    crypto_wipe(key, sizeof key);
    buf_done(&context);
}

bool vault_key_open(const uint8_t master[VAULT_KEY_SIZE], struct text workspace_name,
                    enum vault_purpose purpose, struct text sealed, uint8_t out[VAULT_KEY_SIZE],
                    struct error *err)
{
    struct buf context = {0};
    struct buf plain = {0};

    key_context(workspace_name, purpose, &context);
    bool ok = crypto_unseal(master, buf_get(&context), sealed, &plain, err);

    if (ok && plain.len != VAULT_KEY_SIZE) {
        ok = error_set(err, E_INTERNAL, "the key of workspace " TEXT_FMT " has a wrong size",
                       TEXT_ARG(workspace_name));
    }
    if (ok) memcpy(out, plain.ptr, VAULT_KEY_SIZE);
    if (plain.ptr) crypto_wipe(plain.ptr, plain.len);
    buf_done(&plain);
    buf_done(&context);
    return ok;
}

static void secret_context(struct text name, struct buf *out)
{
    buf_cstr(out, "weir/secret/");
    buf_text(out, name);
}

void vault_secret_seal(const uint8_t data_key[VAULT_KEY_SIZE], struct text name, struct text value,
                       struct buf *sealed)
{
    struct buf context = {0};

    secret_context(name, &context);
    crypto_seal(data_key, buf_get(&context), value, sealed);
    buf_done(&context);
}

bool vault_secret_open(const uint8_t data_key[VAULT_KEY_SIZE], struct text name, struct text sealed,
                       struct buf *value, struct error *err)
{
    struct buf context = {0};

    secret_context(name, &context);
    bool ok = crypto_unseal(data_key, buf_get(&context), sealed, value, err);

    buf_done(&context);
    return ok;
}

static void derive(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, const char *kind,
                   struct text first, struct text second, uint8_t out[MAC_SIZE])
{
    struct buf message = {0};
    uint8_t mac[32];

    buf_printf(&message, "%s%c%d%c", kind, 0, key_version, 0);
    buf_text(&message, first);
    buf_char(&message, '\0');
    buf_text(&message, second);
    crypto_hmac_sha256((struct text){(const char *)wait_key, VAULT_KEY_SIZE}, buf_get(&message),
                       mac);
    memcpy(out, mac, MAC_SIZE);
    buf_done(&message);
}

static void callback_mac(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct uuid run,
                         struct text address, uint8_t out[MAC_SIZE])
{
    struct text run_bytes = {(const char *)run.bytes, sizeof run.bytes};

    derive(wait_key, key_version, "callback", run_bytes, address, out);
}

void vault_callback_token(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct uuid run,
                          struct text address, struct buf *out)
{
    uint8_t mac[MAC_SIZE];
    struct buf bytes = {0};

    callback_mac(wait_key, key_version, run, address, mac);
    buf_append(&bytes, run.bytes, sizeof run.bytes);
    buf_append(&bytes, mac, sizeof mac);
    buf_text(&bytes, address);
    crypto_base64url(out, buf_get(&bytes));
    buf_done(&bytes);
}

bool vault_callback_check(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version,
                          struct text token, struct buf *scratch, struct uuid *out_run,
                          struct text *out_address)
{
    uint8_t mac[MAC_SIZE];
    size_t start = scratch->len;

    if (token.len > 2 * ADDRESS_MAX || !crypto_unbase64(scratch, token)) return false;
    struct text bytes = text_slice(buf_get(scratch), start, scratch->len);

    if (bytes.len <= TOKEN_PREFIX || bytes.len > TOKEN_PREFIX + ADDRESS_MAX) return false;
    struct text address = text_slice(bytes, TOKEN_PREFIX, bytes.len);
    struct text given = text_slice(bytes, sizeof(struct uuid), TOKEN_PREFIX);
    struct uuid run;

    memcpy(run.bytes, bytes.ptr, sizeof run.bytes);
    callback_mac(wait_key, key_version, run, address, mac);
    if (!crypto_equal(given, (struct text){(const char *)mac, sizeof mac})) return false;
    *out_run = run;
    *out_address = address;
    return true;
}

static bool is_token_char(char ch)
{
    return ch == '-' || ch == '_' || (ch >= '0' && ch <= '9') ||
           ((ch | 32) >= 'a' && (ch | 32) <= 'z');
}

void vault_callback_hide(struct uuid run, char *bytes, size_t len)
{
    struct text id = {(const char *)run.bytes, 15}; // a multiple of 3: whole characters
    struct buf prefix = {0};
    char *at = bytes;

    crypto_base64url(&prefix, id);
    while ((at = memmem(at, len - (size_t)(at - bytes), prefix.ptr, prefix.len))) {
        at += prefix.len;
        while (at < bytes + len && is_token_char(*at)) {
            *at++ = '*';
        }
    }
    buf_done(&prefix);
}

void vault_link_token(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct text wait_id,
                      struct text action, char out[VAULT_LINK_SIZE])
{
    uint8_t mac[MAC_SIZE];

    derive(wait_key, key_version, "link", wait_id, action, mac);
    for (size_t i = 0; i < sizeof mac; i++) {
        snprintf(out + 2 * i, 3, "%02x", mac[i]);
    }
    ASSERT(strlen(out) == VAULT_LINK_SIZE - 1);
}

bool vault_link_check(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct text wait_id,
                      struct text action, struct text token)
{
    char expected[VAULT_LINK_SIZE];

    vault_link_token(wait_key, key_version, wait_id, action, expected);
    return crypto_equal(token, text_from(expected));
}
