#define _GNU_SOURCE
#include "gf_recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gf_adler.h"

enum { SUMMED_FROM = 12, SUFFIXES = 100000, PAYLOADS = 1 };

/* Little-endian, as are the machines that this runs on; nothing is aligned. */
static uint8_t *put(uint8_t *out, const void *value, size_t size)
{
    memcpy(out, value, size);
    return out + size;
}

bool gf_recording_file_name(char *out, size_t size, const char *name, uint32_t suffix)
{
    int length = suffix == 0 ? snprintf(out, size, "%s", name) : snprintf(out, size, "%s.%u", name, suffix);
    return length > 0 && (size_t)length < size;
}

int gf_recording_open(int directory, const char *name, uint32_t *suffix)
{
    enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
    char path[GF_RECORDING_NAME + 16];
    for (; *suffix < SUFFIXES && gf_recording_file_name(path, sizeof path, name, *suffix); ++*suffix) {
        int file = openat(directory, path, FLAGS, 0600);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    errno = EEXIST;
    return -1;
}

static int write_all(int file, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(file, bytes + done, size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written == 0 ? ENOSPC : errno;
        done += (size_t)written;
    }
    return 0;
}

static int write_header(gf_recording *recording)
{
    const gf_recording_target *target = &recording->target;
    const uint16_t version = GF_RECORDING_VERSION, flags = target->payloads ? PAYLOADS : 0;
    uint8_t header[GF_RECORDING_HEADER];
    uint8_t *out = put(header, "GEARFREC", 8);
    out = put(out, &version, sizeof version);
    out = put(out, &flags, sizeof flags);
    out = put(out, &recording->part, sizeof recording->part);
    out = put(out, &target->started_at, sizeof target->started_at);
    out = put(out, &target->started, sizeof target->started);
    const uint32_t sum = gf_adler32(GF_ADLER32_BEGIN, header, (size_t)(out - header));
    put(out, &sum, sizeof sum);
    recording->part_bytes = sizeof header;
    recording->bytes += sizeof header;
    return write_all(target->file, header, sizeof header);
}

int gf_recording_begin(gf_recording *recording, const gf_recording_target *target)
{
    memset(recording, 0, sizeof *recording);
    recording->target = *target;
    recording->suffixes[0] = target->suffix;
    recording->is_open = true;
    return write_header(recording);
}

static void remove_oldest(gf_recording *recording)
{
    const gf_recording_target *target = &recording->target;
    char path[GF_RECORDING_NAME + 16];
    uint32_t oldest = recording->suffixes[recording->part % target->files];
    if (recording->part >= target->files && gf_recording_file_name(path, sizeof path, target->name, oldest))
        unlinkat(target->directory, path, 0);
}

/* The oldest goes first, so that no more than asked for is ever there. */
static int next_file(gf_recording *recording)
{
    gf_recording_target *target = &recording->target;
    recording->part++;
    remove_oldest(recording);
    target->suffix++;
    int file = gf_recording_open(target->directory, target->name, &target->suffix);
    if (file < 0)
        return errno;
    close(target->file);
    target->file = file;
    recording->suffixes[recording->part % target->files] = target->suffix;
    return write_header(recording);
}

/* What is done to each stretch of a block's bytes, in their order; not 0 ends it. */
typedef int visitor(void *context, const uint8_t *bytes, size_t size);

static int each_stretch(const gf_chunk *chunk, uint32_t from, visitor *visit, void *context)
{
    int error = 0;
    for (uint32_t i = 0; i < chunk->large_count && error == 0; i++) {
        const gf_large_bytes *large = &chunk->large[i];
        error = visit(context, chunk->bytes + from, large->at - from);
        if (error == 0)
            error = visit(context, gf_block_data(large->block) + large->from, large->size);
        from = large->at;
    }
    return error != 0 ? error : visit(context, chunk->bytes + from, chunk->length - from);
}

static int add_to_sum(void *context, const uint8_t *bytes, size_t size)
{
    uint32_t *sum = context;
    *sum = gf_adler32(*sum, bytes, size);
    return 0;
}

static int write_stretch(void *context, const uint8_t *bytes, size_t size)
{
    const gf_recording *recording = context;
    return write_all(recording->target.file, bytes, size);
}

static void set_head(gf_chunk *chunk)
{
    const uint32_t size = chunk->length - GF_CHUNK_HEAD + chunk->large_bytes;
    uint32_t sum = GF_ADLER32_BEGIN;
    uint8_t *out = put(chunk->bytes + SUMMED_FROM, &chunk->notes, sizeof chunk->notes);
    put(out, &chunk->began, sizeof chunk->began);
    each_stretch(chunk, SUMMED_FROM, add_to_sum, &sum);
    out = put(chunk->bytes, "GFBK", 4);
    out = put(out, &size, sizeof size);
    put(out, &sum, sizeof sum);
}

int gf_recording_add(gf_recording *recording, gf_chunk *chunk)
{
    int error = chunk->begins_file ? next_file(recording) : 0;
    if (error != 0 || chunk->notes == 0)
        return error;
    set_head(chunk);
    error = each_stretch(chunk, 0, write_stretch, recording);
    if (error != 0) {
        /* The file ends with its last whole block. */
        if (ftruncate(recording->target.file, (off_t)recording->part_bytes) != 0)
            (void)error;
        return error;
    }
    recording->part_bytes += (uint64_t)chunk->length + chunk->large_bytes;
    recording->bytes += (uint64_t)chunk->length + chunk->large_bytes;
    recording->notes += chunk->notes;
    return 0;
}

void gf_recording_end(gf_recording *recording)
{
    close(recording->target.file);
    recording->is_open = false;
}
