#define _GNU_SOURCE
#include "gf_recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADER_SIZE = 36,
    SUMMED_FROM = 12,
    HEAD_SIZE = 24,
    BLOCK_SIZE = 64 << 10,
    NOTE_MOST = 64,
    SUFFIXES = 100000
};
enum { HAS_BYTES = 0x80, PAYLOADS = 1 };
enum { PEER = 1, FUNCTION = 2, NUMBER = 4, SIZE = 8, DURATION = 16 };

static const uint8_t gf_note_fields[GF_NOTE_KINDS] = {
    [GF_NOTE_FUNCTION] = FUNCTION,
    [GF_NOTE_CONNECT] = PEER,
    [GF_NOTE_GONE] = PEER,
    [GF_NOTE_REGISTER] = PEER | FUNCTION | DURATION,
    [GF_NOTE_UNREGISTER] = PEER | FUNCTION,
    [GF_NOTE_RESET] = PEER,
    [GF_NOTE_SUBMIT] = PEER | FUNCTION | NUMBER | SIZE | DURATION,
    [GF_NOTE_START] = PEER | FUNCTION | NUMBER | DURATION,
    [GF_NOTE_UPDATE] = FUNCTION | NUMBER | SIZE,
    [GF_NOTE_END] = FUNCTION | NUMBER | SIZE | DURATION,
    [GF_NOTE_SKIPPED] = SIZE,
};

/* Little-endian, as are the machines that this runs on; nothing is aligned. */
static uint8_t *put(uint8_t *out, const void *value, size_t size)
{
    memcpy(out, value, size);
    return out + size;
}

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *out++ = (uint8_t)(value | 0x80);
    *out++ = (uint8_t)value;
    return out;
}

/* Near the last one, before or after it. */
static uint64_t zigzag(uint32_t value, uint32_t last)
{
    int64_t apart = (int64_t)value - last;
    return ((uint64_t)apart << 1) ^ (uint64_t)(apart >> 63);
}

/* Adler-32: several times faster than a CRC of this size, and zlib's in Python reads it. */
static uint32_t adler32(const uint8_t *bytes, size_t size)
{
    enum { MODULUS = 65521, WITHOUT_OVERFLOW = 5552 };
    uint32_t low = 1, high = 0;
    while (size > 0) {
        size_t now = size < WITHOUT_OVERFLOW ? size : WITHOUT_OVERFLOW;
        for (size_t i = 0; i < now; i++) {
            low += bytes[i];
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
        bytes += now;
        size -= now;
    }
    return high << 16 | low;
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

static int write_all(gf_recording *recording, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t written = write(recording->target.file, bytes + done, size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            int error = written == 0 ? ENOSPC : errno;
            /* The file ends with its last whole block. */
            if (ftruncate(recording->target.file, (off_t)recording->part_bytes) != 0)
                (void)error;
            return error;
        }
        done += (size_t)written;
    }
    recording->part_bytes += size;
    recording->bytes += size;
    return 0;
}

static int write_header(gf_recording *recording)
{
    const gf_recording_target *target = &recording->target;
    const uint16_t version = GF_RECORDING_VERSION, flags = target->payloads ? PAYLOADS : 0;
    uint8_t header[HEADER_SIZE];
    uint8_t *out = put(header, "GEARFREC", 8);
    out = put(out, &version, sizeof version);
    out = put(out, &flags, sizeof flags);
    out = put(out, &recording->part, sizeof recording->part);
    out = put(out, &target->started_at, sizeof target->started_at);
    out = put(out, &target->started, sizeof target->started);
    const uint32_t sum = adler32(header, (size_t)(out - header));
    out = put(out, &sum, sizeof sum);
    return write_all(recording, header, (size_t)(out - header));
}

static void empty_block(gf_recording *recording)
{
    recording->length = HEAD_SIZE;
    recording->block_notes = 0;
    recording->last_number = 0;
}

int gf_recording_begin(gf_recording *recording, const gf_recording_target *target)
{
    memset(recording, 0, sizeof *recording);
    recording->target = *target;
    recording->suffixes[0] = target->suffix;
    recording->capacity = HEAD_SIZE + BLOCK_SIZE;
    recording->buffer = malloc(recording->capacity);
    if (recording->buffer == NULL)
        return ENOMEM;
    empty_block(recording);
    return gf_table_init(&recording->names) == GF_OK ? write_header(recording) : ENOMEM;
}

static int write_block(gf_recording *recording)
{
    uint8_t *summed = recording->buffer + SUMMED_FROM;
    const uint32_t size = (uint32_t)(recording->length - HEAD_SIZE);
    uint8_t *out = put(summed, &recording->block_notes, sizeof recording->block_notes);
    put(out, &recording->block_began, sizeof recording->block_began);
    const uint32_t sum = adler32(summed, recording->length - SUMMED_FROM);
    out = put(recording->buffer, "GFBK", 4);
    out = put(out, &size, sizeof size);
    put(out, &sum, sizeof sum);
    int error = write_all(recording, recording->buffer, recording->length);
    empty_block(recording);
    return error;
}

/* Room for one more note with so many bytes; a block that is full is written, a huge note gets a larger one.
 */
static int make_room(gf_recording *recording, size_t bytes)
{
    size_t needed = NOTE_MOST + bytes;
    if (recording->length + needed <= recording->capacity)
        return 0;
    int error = recording->block_notes > 0 ? write_block(recording) : 0;
    if (error != 0 || HEAD_SIZE + needed <= recording->capacity)
        return error;
    uint8_t *grown = realloc(recording->buffer, HEAD_SIZE + needed);
    if (grown == NULL)
        return ENOMEM;
    recording->buffer = grown;
    recording->capacity = HEAD_SIZE + needed;
    return 0;
}

static uint8_t *put_fields(gf_recording *recording, uint8_t *out, const gf_note *note)
{
    const uint8_t fields = gf_note_fields[note->kind];
    if (fields & PEER)
        out = put_varint(out, note->peer);
    if (fields & FUNCTION)
        out = put_varint(out, note->function);
    if (fields & NUMBER) {
        out = put_varint(out, zigzag(note->number, recording->last_number));
        recording->last_number = note->number;
    }
    if (fields & SIZE)
        out = put_varint(out, note->size);
    if (fields & DURATION)
        out = put_varint(out, note->duration + 1); /* unknown is 0 */
    return out;
}

static int encode(gf_recording *recording, const gf_note *note, const uint8_t *bytes)
{
    int error = make_room(recording, bytes == NULL ? 0 : note->bytes_size);
    if (error != 0)
        return error;
    if (recording->block_notes == 0)
        recording->block_began = recording->last_at = note->at;
    uint8_t *out = recording->buffer + recording->length;
    *out++ = (uint8_t)(note->kind | (bytes == NULL ? 0 : HAS_BYTES));
    *out++ = note->detail;
    out = put_varint(out, note->at - recording->last_at);
    out = put_fields(recording, out, note);
    if (bytes != NULL) {
        out = put_varint(out, note->unique_size);
        out = put_varint(out, note->bytes_size);
        out = put(out, bytes, note->bytes_size);
    }
    recording->last_at = note->at;
    recording->length = (size_t)(out - recording->buffer);
    recording->block_notes++;
    recording->notes++;
    return 0;
}

static gf_function_name *name_of(const gf_recording *recording, uint32_t function)
{
    return (gf_function_name *)(void *)gf_table_first(&recording->names, function);
}

/* The name that the note's function has, unless this file has it already. */
static int add_name(gf_recording *recording, const gf_note *note)
{
    gf_function_name *name = name_of(recording, note->function);
    if (name == NULL || name->written == recording->part + 1)
        return 0;
    name->written = recording->part + 1;
    const gf_note told = {
        .kind = GF_NOTE_FUNCTION, .at = note->at, .function = note->function, .bytes_size = name->size};
    return encode(recording, &told, name->text);
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
    recording->part_bytes = 0;
    return write_header(recording);
}

int gf_recording_flush(gf_recording *recording)
{
    if (recording->block_notes == 0)
        return 0;
    int error = write_block(recording);
    if (error == 0 && recording->part_bytes >= recording->target.file_size)
        error = next_file(recording);
    return error;
}

static int keep_name(gf_recording *recording, const gf_note *note)
{
    gf_function_name *name = malloc(sizeof *name + note->bytes_size);
    if (name == NULL)
        return ENOMEM;
    name->written = 0;
    name->size = note->bytes_size;
    memcpy(name->text, gf_block_data(note->block) + note->bytes_at, note->bytes_size);
    gf_table_insert(&recording->names, &name->node, note->function);
    return 0;
}

static int forget_name(gf_recording *recording, uint32_t function)
{
    gf_function_name *name = name_of(recording, function);
    if (name != NULL) {
        gf_table_remove(&recording->names, &name->node);
        free(name);
    }
    return 0;
}

static int add_event(gf_recording *recording, const gf_note *note)
{
    const uint8_t *bytes = note->block == NULL ? NULL : gf_block_data(note->block) + note->bytes_at;
    gf_note told = *note;
    told.at = note->at - recording->target.started;
    int error = gf_note_fields[note->kind] & FUNCTION ? add_name(recording, &told) : 0;
    if (error == 0)
        error = encode(recording, &told, bytes);
    if (error == 0 && recording->length >= HEAD_SIZE + BLOCK_SIZE - NOTE_MOST)
        error = gf_recording_flush(recording);
    return error;
}

int gf_recording_add(gf_recording *recording, const gf_note *note)
{
    if (note->kind == GF_NOTE_DROPPED)
        return forget_name(recording, note->function);
    if (note->kind != GF_NOTE_FUNCTION)
        return add_event(recording, note);
    /* Without bytes there was no room for the name: it will come again. */
    return note->block == NULL ? 0 : keep_name(recording, note);
}

static void free_name(gf_node *node, void *context)
{
    (void)context;
    free(node);
}

void gf_recording_end(gf_recording *recording)
{
    if (recording->names.segments != NULL)
        gf_table_each(&recording->names, free_name, NULL);
    gf_table_free(&recording->names);
    free(recording->buffer);
    close(recording->target.file);
    recording->buffer = NULL;
}
