/* The starter folder: the files of cli/starter/, put into the program by the build. */
#include "cli/starter.h"

#include "cli/answer.h"
#include "cli/client.h"
#include "cli/embed_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's name in the new folder: "starter/flows/hello.clj.in" is "flows/hello.clj". */
static struct text target_name(const char *name)
{
    struct text path = text_from(name);

    path = text_slice(path, strlen("starter/"), path.len);
    return text_slice(path, 0, path.len - strlen(".in"));
}

static bool make_dirs(const char *path, struct error *err)
{
    char part[4096];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            return error_set(err, E_IO, "%s could not be made: %s", part, strerror(errno));
        }
    }
    return true;
}

/* *out_new: false when the file was there. */
static bool write_file(const char *path, const struct embed_file *file, bool *out_new,
                       struct error *err)
{
    if (!make_dirs(path, err)) return false;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    *out_new = fd >= 0;
    if (fd < 0 && errno == EEXIST) return true;
    if (fd < 0) return error_set(err, E_IO, "%s could not be written: %s", path, strerror(errno));
    answer_write(fd, (struct text){file->data, (size_t)(file->data_end - file->data)});
    close(fd);
    return true;
}

int starter_init(struct cli *cli)
{
    const char *dir = cli->word_count > 0 ? cli->words[0] : ".";
    struct error err = {0};
    struct buf data = {0};
    struct json_writer writer;

    json_write_init(&writer, &data);
    json_write_object(&writer);
    json_put_cstr(&writer, "directory", dir);
    json_write_key(&writer, "files");
    json_write_array(&writer);
    for (const struct embed_file *file = embed_cli; file->name; file++) {
        char path[4096];
        bool is_new;

        snprintf(path, sizeof path, "%s/" TEXT_FMT, dir, TEXT_ARG(target_name(file->name)));
        if (!write_file(path, file, &is_new, &err)) {
            buf_done(&data);
            return answer_error(cli, &err, CLIENT_USAGE);
        }
        json_write_object(&writer);
        json_put_cstr(&writer, "path", path);
        json_put_bool(&writer, "written", is_new);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    answer_data(cli, buf_get(&data));
    buf_done(&data);
    return CLIENT_OK;
}
