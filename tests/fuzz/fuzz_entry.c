/* What libFuzzer calls. */
#include "base/crypto.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);                 // NOLINT: libFuzzer's name
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len); // NOLINT

int LLVMFuzzerInitialize(int *argc, char ***argv) // NOLINT
{
    (void)argc;
    (void)argv;
    crypto_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len) // NOLINT
{
    fuzz_input((struct text){(const char *)data, len});
    return 0;
}
