#define _GNU_SOURCE
#include "recorded.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "gf_adler.h"

enum { FILE_MOST = 4 << 20, FUNCTIONS_MOST = 4096, SMALL = 300, LARGE = 1 << 30, SUMMED_FROM = 12 };

static gf_bell main_bell;
static int directory = -1;
static char place[] = "/tmp/gearfast-fuzz-XXXXXX";

static void remove_place(void)
{
    rmdir(place);
}

static void make_place(void)
{
    CHECK(mkdtemp(place) != NULL && gf_bell_init(&main_bell) == GF_OK);
    directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(directory >= 0);
    atexit(remove_place);
}

void recorded_start(gf_recorder *recorder, bool payloads, bool small_files)
{
    if (directory < 0)
        make_place();
    const gf_recorder_options options = {.directory = directory,
                                         .file_size = small_files ? SMALL : LARGE,
                                         .files = small_files ? 2 : 1000,
                                         .payloads = payloads};
    CHECK(gf_recorder_init(recorder, &options, &main_bell, 0) == GF_OK);
}

/* --- what is in a file --- */

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool has_skipped;
    bool has_submit;               /* in this block */
    bool is_named[FUNCTIONS_MOST]; /* in this file */
} reader;

static uint64_t take(reader *from, size_t size)
{
    uint64_t value = 0;
    CHECK((size_t)(from->end - from->at) >= size);
    memcpy(&value, from->at, size);
    from->at += size;
    return value;
}

static uint64_t take_number(reader *from)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        CHECK(shift < 64);
        const uint64_t byte = take(from, 1);
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

/* A function has its name in each file before it is spoken of there, unless the name was skipped. */
static void read_function(reader *from, uint8_t kind)
{
    const uint64_t function = take_number(from);
    CHECK(function < FUNCTIONS_MOST);
    CHECK(kind == GF_NOTE_FUNCTION || from->is_named[function] || from->has_skipped);
    from->is_named[function] = true;
}

static void read_fields(reader *from, uint8_t kind, bool has_duration)
{
    const uint8_t fields = gf_note_fields[kind];
    if (fields & GF_HAS_PEER)
        take_number(from);
    if (fields & GF_HAS_FUNCTION)
        read_function(from, kind);
    if (fields & GF_HAS_NUMBER)
        take_number(from);
    if (fields & GF_HAS_SIZE)
        take_number(from);
    if ((fields & GF_HAS_DURATION) && has_duration)
        take_number(from);
}

static void read_bytes(reader *from)
{
    const uint64_t unique_size = take_number(from), size = take_number(from);
    CHECK(unique_size <= size && size <= (uint64_t)(from->end - from->at));
    from->at += size;
}

static void read_note(reader *from)
{
    const uint8_t first = (uint8_t)take(from, 1), kind = first & 0x1f;
    CHECK(kind > 0 && kind < GF_NOTE_KINDS);
    take(from, 1);
    if (!(first & GF_NOTE_SAME_TIME))
        take_number(from);
    read_fields(from, kind, !(first & GF_NOTE_NO_DURATION));
    if (first & GF_NOTE_HAS_BYTES)
        read_bytes(from);
    CHECK(kind != GF_NOTE_AGAIN || from->has_submit);
    if (kind == GF_NOTE_SUBMIT)
        from->has_submit = true;
    if (kind == GF_NOTE_SKIPPED)
        from->has_skipped = true;
}

static void read_block(reader *from)
{
    const uint8_t *start = from->at;
    CHECK(take(from, 4) == 0x4b424647); /* GFBK */
    const uint64_t size = take(from, 4), sum = take(from, 4), notes = take(from, 4);
    take(from, 8);
    CHECK(notes > 0 && size <= (uint64_t)(from->end - from->at));
    CHECK(gf_adler32(GF_ADLER32_BEGIN, start + SUMMED_FROM, GF_CHUNK_HEAD - SUMMED_FROM + size) == sum);
    const uint8_t *const end_of_file = from->end;
    from->end = from->at + size;
    from->has_submit = false;
    for (uint64_t i = 0; i < notes; i++)
        read_note(from);
    CHECK(from->at == from->end);
    from->end = end_of_file;
}

static void read_file(const char *name)
{
    static uint8_t bytes[FILE_MOST];
    const int file = openat(directory, name, O_RDONLY);
    const ssize_t size = read(file, bytes, sizeof bytes);
    CHECK(size >= GF_RECORDING_HEADER && size < FILE_MOST);
    close(file);
    reader from = {.at = bytes + GF_RECORDING_HEADER, .end = bytes + size};
    while (from.at < from.end)
        read_block(&from);
}

void recorded_end(gf_recorder *recorder)
{
    CHECK(!gf_recorder_has_failed(recorder));
    gf_recorder_free(recorder);
    DIR *files = opendir(place);
    CHECK(files != NULL);
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        read_file(entry->d_name);
        unlinkat(directory, entry->d_name, 0);
    }
    closedir(files);
}
