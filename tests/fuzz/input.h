/* The fuzzer's bytes, read from the front. What is missing at the end reads as zeros or is left out. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

/* The next `size` bytes, or as many as there are; `*size` is set to how many. */
static inline const uint8_t *take_bytes(input *from, size_t *size)
{
    const uint8_t *bytes = from->at;
    if (*size > from->left)
        *size = from->left;
    from->at += *size;
    from->left -= *size;
    return bytes;
}

static inline uint8_t take_byte(input *from)
{
    size_t size = 1;
    const uint8_t *byte = take_bytes(from, &size);
    return size == 0 ? 0 : *byte;
}

/* Each target defines it; libFuzzer calls it, and so does replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
