/* Replies whose bytes must be written out first: text lines and status packets. */
#include <stdio.h>
#include <string.h>

#include "gf_bytes.h"
#include "gf_parts.h"

enum { FIRST_SIZE = 256 };

void gf_text_start(gf_text *text, gf_core *core)
{
    *text = (gf_text){.core = core, .block = gf_block_new(core->pool, FIRST_SIZE)};
    text->failed = text->block == NULL;
}

static void grow(gf_text *text, uint64_t needed)
{
    uint64_t size = text->block->size;
    while (size < needed)
        size *= 2;
    gf_block *larger = size > UINT32_MAX ? NULL : gf_block_new(text->core->pool, size);
    if (larger == NULL) {
        text->failed = true;
        return;
    }
    memcpy(gf_block_data(larger), gf_block_data(text->block), text->length);
    gf_block_unref(text->block, text->core->pool);
    text->block = larger;
}

void gf_text_bytes(gf_text *text, const void *bytes, size_t size)
{
    if (!text->failed && text->length + size > text->block->size)
        grow(text, text->length + (uint64_t)size);
    if (text->failed || size == 0)
        return;
    memcpy(gf_block_data(text->block) + text->length, bytes, size);
    text->length += (uint32_t)size;
}

void gf_text_string(gf_text *text, const char *string)
{
    gf_text_bytes(text, string, strlen(string));
}

void gf_text_number(gf_text *text, uint32_t number)
{
    uint8_t digits[10];
    gf_text_bytes(text, digits, gf_put_u32(digits, number));
}

void gf_text_cell(gf_text *text, uint64_t number)
{
    char cell[24];
    gf_text_bytes(text, cell, (size_t)snprintf(cell, sizeof cell, "\t%llu", (unsigned long long)number));
}

void gf_text_byte(gf_text *text, char byte)
{
    gf_text_bytes(text, &byte, 1);
}

void gf_text_drop(gf_text *text)
{
    if (text->block != NULL)
        gf_block_unref(text->block, text->core->pool);
    text->block = NULL;
}

void gf_text_send(gf_text *text, const gf_peer *peer)
{
    if (text->failed)
        gf_reply_error(text->core, peer, GF_ERROR_NO_MEMORY);
    else
        gf_reply_text(text->core, peer, text->block, text->length);
    gf_text_drop(text);
}

void gf_text_send_recorder(gf_text *text, const gf_peer *peer)
{
    if (text->failed)
        gf_reply_error(text->core, peer, GF_ERROR_NO_MEMORY);
    else
        gf_ask_recorder(text->core, peer, text->block, text->length);
    gf_text_drop(text);
}

void gf_text_send_packet(gf_text *text, const gf_peer *peer, gf_packet_type type)
{
    if (text->failed)
        gf_reply_error(text->core, peer, GF_ERROR_NO_MEMORY);
    else
        gf_reply_block(text->core, peer, type, text->block, 0, text->length);
    gf_text_drop(text);
}
