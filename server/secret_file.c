/* The operator's master key on disk. A new one is written under another name and linked into place,
 * so that two processes which start together agree on one. */
#include "server/secret_file.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/random.h"
#include "storage/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_key(const char *path, uint8_t out[32], struct error *err)
{
    char content[128] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        error_set(err, E_IO, "the master key's file %s could not be read: %s", path,
                  strerror(errno));
        return error_hint(err, "Name it with --key-file; make one with: openssl rand -hex 32");
    }
    ssize_t len = read(fd, content, sizeof content - 1);

    close(fd);
    bool ok = len > 0 && vault_master_parse((struct text){content, (size_t)len}, out, err);

    if (len <= 0) error_set(err, E_IO, "the master key's file %s is empty", path);
    crypto_wipe(content, sizeof content);
    return ok;
}

static bool make_key(const struct place *place, struct error *err)
{
    char path[320];
    uint8_t key[32];
    struct buf hex = {0};

    snprintf(path, sizeof path, "%s.%d", place->key_file, (int)getpid());
    random_bytes(key, sizeof key);
    crypto_hex(&hex, (struct text){(const char *)key, sizeof key});
    crypto_wipe(key, sizeof key);
    buf_char(&hex, '\n');
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, hex.ptr, hex.len) == (ssize_t)hex.len && fsync(fd) == 0;

    if (fd >= 0) close(fd);
    crypto_wipe(hex.ptr, hex.len);
    buf_done(&hex);
    if (ok && link(path, place->key_file) != 0 && errno != EEXIST) ok = false;
    if (ok && geteuid() == 0 && chown(place->key_file, place->user.uid, place->user.gid) != 0) {
        ok = false;
    }
    int error_number = errno;

    unlink(path);
    if (ok) return true;
    if (error_number == ENOENT) {
        error_set(err, E_NOT_FOUND, "there is no installation at %s", place->data);
        return error_hint(err, "Start one with `weir up`, or name another with --data.");
    }
    return error_set(err, E_IO, "making the master key %s failed: %s", place->key_file,
                     strerror(error_number));
}

bool secret_file_load(const struct server_options *options, const struct place *place,
                      uint8_t out[32], struct error *err)
{
    if (options->key_file) return read_key(options->key_file, out, err);
    if (!place) {
        error_set(err, E_INPUT, "no master key is given");
        return error_hint(err,
                          "Name its file with --key-file; make one with: openssl rand -hex 32");
    }
    if (access(place->key_file, F_OK) != 0 && !make_key(place, err)) return false;
    return read_key(place->key_file, out, err);
}
