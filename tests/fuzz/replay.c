/* Runs a fuzz target over files, without a fuzzer: replay FILE ... */
#include <string.h>

#include "check.h"
#include "input.h"

enum { FILE_MOST = 64 * 1024 };

/* From memory of its exact size, so that reading past it is seen. */
static void run_file(const char *name)
{
    uint8_t data[FILE_MOST];
    FILE *file = fopen(name, "rb");
    CHECK(file != NULL);
    const size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    uint8_t *copy = malloc(size + 1);
    CHECK(copy != NULL);
    memcpy(copy + 1, data, size);
    LLVMFuzzerTestOneInput(copy + 1, size);
    free(copy);
}

int main(int count, char **names)
{
    for (int i = 1; i < count; i++) {
        fprintf(stderr, "%s\n", names[i]);
        run_file(names[i]);
    }
    return EXIT_SUCCESS;
}
