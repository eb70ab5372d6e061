/* Secrets. A newline at the end of what was typed or piped is not part of the value. */
#include "cli/secret_commands.h"

#include "base/crypto.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/flow_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool read_value(struct cli *cli, struct text *out, struct error *err)
{
    const char *variable = command_value(cli, "from-env");

    if (variable) {
        *out = text_from(getenv(variable));
        if (out->ptr && out->len > 0) return true;
        return error_set(err, E_BAD_REQUEST, "the variable %s is not set", variable);
    }
    if (isatty(STDIN_FILENO)) fprintf(stderr, "value of %s, then Ctrl-D: ", cli->words[0]);
    if (!flow_files_read(cli->arena, "-", out, err)) return false;
    while (out->len > 0 && (out->ptr[out->len - 1] == '\n' || out->ptr[out->len - 1] == '\r')) {
        out->len--;
    }
    if (out->len > 0) return true;
    return error_set(err, E_BAD_REQUEST, "stdin held no value for the secret %s", cli->words[0]);
}

int secret_commands_set(struct cli *cli)
{
    struct buf args = {0};
    struct buf answer = {0};
    struct json_writer writer;
    struct error err = {0};
    struct text value;

    if (!read_value(cli, &value, &err)) return answer_error(cli, &err, CLIENT_USAGE);
    json_write_init(&writer, &args);
    json_write_object(&writer);
    json_put_cstr(&writer, "name", cli->words[0]);
    json_put_text(&writer, "value", value);
    json_write_object_end(&writer);
    int code = client_call(cli, "secrets.put", buf_get(&args), &answer, &err);

    crypto_wipe(args.ptr, args.len);
    buf_done(&args);
    if (code == CLIENT_UNREACHABLE) {
        answer_error(cli, &err, code);
    } else {
        answer_print(cli, buf_get(&answer));
    }
    buf_done(&answer);
    return code;
}
