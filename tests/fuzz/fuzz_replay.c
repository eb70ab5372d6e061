/*
 * Feeds a target without libFuzzer: each file of the corpus folder, and each small file cut at
 * every length, so that everything is also met half.
 */
#include "base/buf.h"
#include "base/crypto.h"
#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>

#define CUT_MAX 300 /* files up to that size are cut */

static void feed(struct text input)
{
    char *copy = memory_new(input.len);

    if (input.len > 0) memcpy(copy, input.ptr, input.len);
    fuzz_input((struct text){copy, input.len});
    memory_free(copy);
}

static bool read_file(const char *folder, const char *name, struct buf *out)
{
    struct buf path CLEANUP(buf_done) = {0};
    char chunk[4096];
    size_t len;

    buf_printf(&path, "%s/%s", folder, name);
    FILE *file = fopen(path.ptr, "rb");

    if (!file) return false;
    while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        buf_append(out, chunk, len);
    }
    return fclose(file) == 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    int count = 0;

    if (!folder) {
        printf("give it the folder of the corpus\n");
        return 1;
    }
    crypto_start();
    while ((entry = readdir(folder)) != NULL) {
        struct buf input CLEANUP(buf_done) = {0};

        if (entry->d_name[0] == '.') continue;
        // printed first: the last name is the input that broke it
        printf("%s\n", entry->d_name);
        fflush(stdout);
        if (!read_file(argv[1], entry->d_name, &input)) return 1;
        feed(buf_get(&input));
        for (size_t len = 0; input.len <= CUT_MAX && len < input.len; len++) {
            feed(text_slice(buf_get(&input), 0, len));
        }
        count++;
    }
    closedir(folder);
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
