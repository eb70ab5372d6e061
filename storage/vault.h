#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/id.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Vault: what is secret, and how it is derived. Pure: no database, no clock.
 *
 *     master key (operator's file) ─ seals ─▶ workspace keys: data key, wait key
 *     data key ─ seals ─▶ secrets (AES-256-GCM, bound to their name)
 *     wait key ─ HMAC-SHA-256 ─▶ callback tokens and approval links: never stored, the same on
 * every replay, void when the wait key's version moves on
 */
#define VAULT_KEY_SIZE 32

enum vault_purpose { VAULT_DATA_KEY, VAULT_WAIT_KEY };

/* The master key from its file: 64 hex digits. */
bool vault_master_parse(struct text source, uint8_t out[VAULT_KEY_SIZE], struct error *err)
    MUST_CHECK;

/* A new random key of a workspace, sealed by the master key for that workspace and purpose. */
void vault_key_new(const uint8_t master[VAULT_KEY_SIZE], struct text workspace_name,
                   enum vault_purpose purpose, struct buf *sealed);
bool vault_key_open(const uint8_t master[VAULT_KEY_SIZE], struct text workspace_name,
                    enum vault_purpose purpose, struct text sealed, uint8_t out[VAULT_KEY_SIZE],
                    struct error *err) MUST_CHECK;

void vault_secret_seal(const uint8_t data_key[VAULT_KEY_SIZE], struct text name, struct text value,
                       struct buf *sealed);
bool vault_secret_open(const uint8_t data_key[VAULT_KEY_SIZE], struct text name, struct text sealed,
                       struct buf *value, struct error *err) MUST_CHECK;

/* The token of a callback URL: it carries run and address, and the HMAC that proves them.
 * Base64url. */
void vault_callback_token(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct uuid run,
                          struct text address, struct buf *out);
/* Takes a token apart and checks it. address points into scratch. False: it is none of this key's.
 */
bool vault_callback_check(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version,
                          struct text token, struct buf *scratch, struct uuid *out_run,
                          struct text *out_address) MUST_CHECK;

/* Overwrites callback tokens of that run in what is kept or shown: all begin with its id, what
 * follows goes. */
void vault_callback_hide(struct uuid run, char *bytes, size_t len);

/* The token of an approval link, bound to wait and action ("approve", "reject"). 32 hex digits. */
#define VAULT_LINK_SIZE 33
void vault_link_token(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct text wait_id,
                      struct text action, char out[VAULT_LINK_SIZE]);
bool vault_link_check(const uint8_t wait_key[VAULT_KEY_SIZE], int key_version, struct text wait_id,
                      struct text action, struct text token) MUST_CHECK;
