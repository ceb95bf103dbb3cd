/* A note becomes bytes of the file, as docs/recordings.md has them. Inlined with a known kind, so that no
 * field is asked for that it has not. */
#ifndef GF_ENCODE_H
#define GF_ENCODE_H

#include <stdint.h>

#include "gf_note.h"

enum { GF_NOTE_MOST = 80 }; /* bytes that a note takes at most, without its own */

/* Beside the kind in its first byte. */
enum { GF_NOTE_SAME_TIME = 0x20, GF_NOTE_NO_DURATION = 0x40, GF_NOTE_HAS_BYTES = 0x80 };

/* What the next note is told relative to. */
typedef struct gf_encoder {
    uint8_t *out;
    uint64_t last_at;
    uint32_t last_number;
    uint32_t notes;
    uint32_t submit_peer, submit_function; /* of the last submit that may come again */
    uint8_t submit_detail;                 /* GF_NO_SUBMIT: there is none */
} gf_encoder;

enum { GF_NO_SUBMIT = 0xff }; /* no detail: there is no priority 3 */

static inline void gf_encoder_begin(gf_encoder *encoder, uint8_t *out, uint64_t at)
{
    *encoder = (gf_encoder){.out = out, .last_at = at, .submit_detail = GF_NO_SUBMIT};
}

static inline uint8_t *gf_put_number(uint8_t *out, uint64_t value)
{
    while (__builtin_expect(value >= 0x80, 0)) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out = (uint8_t)value;
    return out + 1;
}

/* Near the last one, before or after it. */
static inline uint64_t gf_zigzag(uint32_t value, uint32_t last)
{
    int64_t apart = (int64_t)value - last;
    return ((uint64_t)apart << 1) ^ (uint64_t)(apart >> 63);
}

static inline __attribute__((always_inline)) uint8_t *gf_encode_fields(gf_encoder *encoder, uint8_t *out,
                                                                       const gf_note *note)
{
    const uint8_t fields = gf_note_fields[note->kind];
    if (fields & GF_HAS_PEER)
        out = gf_put_number(out, note->peer);
    if (fields & GF_HAS_FUNCTION)
        out = gf_put_number(out, note->function);
    if (fields & GF_HAS_NUMBER) {
        out = gf_put_number(out, gf_zigzag(note->number, encoder->last_number));
        encoder->last_number = note->number;
    }
    if (fields & GF_HAS_NEXT)
        encoder->last_number++;
    if (fields & GF_HAS_SIZE)
        out = gf_put_number(out, note->size);
    if ((fields & GF_HAS_DURATION) && note->duration != GF_DURATION_UNKNOWN)
        out = gf_put_number(out, note->duration);
    return out;
}

static inline __attribute__((always_inline)) void gf_encode(gf_encoder *encoder, const gf_note *note,
                                                            uint64_t at)
{
    uint8_t *out = encoder->out;
    const uint64_t later = at - encoder->last_at;
    unsigned first = note->kind;
    if (later == 0)
        first |= GF_NOTE_SAME_TIME;
    if ((gf_note_fields[note->kind] & GF_HAS_DURATION) && note->duration == GF_DURATION_UNKNOWN)
        first |= GF_NOTE_NO_DURATION;
    if (note->block != NULL)
        first |= GF_NOTE_HAS_BYTES;
    out[0] = (uint8_t)first;
    out[1] = note->detail;
    out += 2;
    if (later != 0) {
        out = gf_put_number(out, later);
        encoder->last_at = at;
    }
    encoder->out = gf_encode_fields(encoder, out, note);
    encoder->notes++;
}

#endif
