/* Evaluation without a server. */
#include "cli/offline.h"

#include "cli/answer.h"
#include "cli/client.h"
#include "cli/flow_files.h"
#include "flow/eval.h"
#include "flow/vm.h"

#include <unistd.h>

/* --raw --each FILE: a line for each form, no envelope. */
static int eval_file(struct cli *cli, const struct core *core, const char *path)
{
    struct error err = {0};
    struct buf out = {0};
    struct text source;

    if (!flow_files_read(cli->arena, path, &source, &err)) {
        return answer_error(cli, &err, CLIENT_USAGE);
    }
    eval_each(core, source, NULL, &out);
    answer_write(STDOUT_FILENO, buf_get(&out));
    buf_done(&out);
    return CLIENT_OK;
}

static int eval_expression(struct cli *cli, const struct core *core)
{
    struct error err = {0};
    struct buf value = {0};
    struct buf data = {0};
    struct json_writer writer;

    if (!eval_text(core, text_from(cli->words[0]), NULL, &value, &err)) {
        buf_done(&value);
        return answer_error(cli, &err, CLIENT_REFUSED);
    }
    if (command_value(cli, "raw")) {
        buf_char(&value, '\n');
        answer_write(STDOUT_FILENO, buf_get(&value));
    } else {
        json_write_init(&writer, &data);
        json_write_object(&writer);
        json_put_text(&writer, "value", buf_get(&value));
        json_write_object_end(&writer);
        answer_data(cli, buf_get(&data));
    }
    buf_done(&value);
    buf_done(&data);
    return CLIENT_OK;
}

int offline_eval(struct cli *cli)
{
    const char *file = command_value(cli, "each");

    if (file && !command_value(cli, "raw")) return answer_usage(cli, "--each goes with --raw");
    if (!file && cli->word_count == 0) return answer_usage(cli, "usage: weir eval '(+ 1 2)'");
    struct core *core = vm_core_new();
    int code = file ? eval_file(cli, core, file) : eval_expression(cli, core);

    vm_core_free(core);
    return code;
}
