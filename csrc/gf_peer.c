/* Connections as the processing thread knows them. */
#include <stdlib.h>
#include <string.h>

#include "gf_parts.h"

/* NULL when the slot's connection is not the one meant. */
gf_peer *gf_peer_find(const gf_core *core, gf_peer_id id)
{
    gf_peer *peer = id.slot < core->peer_slots ? core->peers[id.slot] : NULL;
    return peer != NULL && peer->id.generation == id.generation ? peer : NULL;
}

static bool make_room(gf_core *core, uint32_t slot)
{
    if (slot < core->peer_slots)
        return true;
    uint32_t slots = core->peer_slots == 0 ? 64 : core->peer_slots;
    while (slots <= slot)
        slots *= 2;
    gf_peer **grown = realloc(core->peers, slots * sizeof(gf_peer *));
    if (grown == NULL)
        return false;
    memset(grown + core->peer_slots, 0, (slots - core->peer_slots) * sizeof(gf_peer *));
    core->peers = grown;
    core->peer_slots = slots;
    return true;
}

static gf_peer *peer_new(gf_core *core, const gf_event *event)
{
    gf_peer *peer = gf_core_alloc_counted(core, sizeof *peer + event->size);
    if (peer == NULL)
        return NULL;
    memset(peer, 0, sizeof *peer);
    peer->id = event->peer;
    peer->exceptions = core->options.exceptions;
    peer->descriptor = (int32_t)event->argument1;
    peer->order_front = peer->order_back = UINT64_MAX / 2;
    peer->address_size = (uint8_t)event->size;
    memcpy(peer->address, gf_event_body(event), event->size);
    return peer;
}

static gf_peer **list_of(gf_core *core, gf_peer_id id)
{
    return &core->newest_peer[id.slot % core->options.io_threads];
}

/* Without memory the connection is unknown here: what it sends is ignored until it is gone. */
void gf_peer_connect(gf_core *core, const gf_event *event)
{
    gf_peer *peer = make_room(core, event->peer.slot) ? peer_new(core, event) : NULL;
    if (peer == NULL) {
        gf_reply_close(core, event->peer);
        return;
    }
    gf_peer **newest = list_of(core, peer->id);
    peer->older = *newest;
    if (peer->older != NULL)
        peer->older->newer = peer;
    *newest = peer;
    core->peers[peer->id.slot] = peer;
    core->counts.peers++;
    if (gf_is_recording(core))
        gf_note_connect(core, peer, false);
}

static void unlink_peer(gf_core *core, gf_peer *peer)
{
    *(peer->newer != NULL ? &peer->newer->older : list_of(core, peer->id)) = peer->older;
    if (peer->older != NULL)
        peer->older->newer = peer->newer;
    core->peers[peer->id.slot] = NULL;
    core->cut_off -= peer->cut_off;
    core->counts.peers--;
}

/* Its foreground jobs are detached, the jobs it runs wait again, and its wake-up goes to somebody else. */
void gf_peer_gone(gf_core *core, gf_peer *peer)
{
    gf_function *woken_for = gf_awake(core, peer);
    gf_registration_remove_all(core, peer);
    gf_detach_peer(core, peer);
    while (peer->running != NULL)
        gf_job_requeue(core, peer->running);
    if (woken_for != NULL)
        gf_wake_more(core, woken_for);
    gf_walk_drop(core, peer);
    if (gf_is_recording(core))
        gf_note_gone(core, peer);
    unlink_peer(core, peer);
    gf_core_release_counted(core, peer->client_id);
    gf_core_release_counted(core, peer);
}

void gf_core_cut_off(gf_core *core, gf_peer_id id)
{
    gf_peer *peer = gf_peer_find(core, id);
    core->counts.lost_effects++;
    if (peer == NULL || peer->cut_off)
        return;
    peer->cut_off = true;
    core->cut_off++;
}

/* There is no memory to have the event wait. True: it is dropped and its connection closed. */
bool gf_give_up(gf_core *core, const gf_event *event)
{
    if (event->kind == GF_EVENT_GONE)
        return false;
    gf_core_cut_off(core, event->peer);
    if (event->block != NULL)
        gf_block_unref(event->block, core->pool);
    return true;
}

/* Until there may be memory again, ms. */
enum { CLOSE_PAUSE = 100 };

void gf_close_cut_off(gf_core *core)
{
    core->close_at = core->now + CLOSE_PAUSE;
    for (uint32_t slot = 0; core->cut_off > 0 && slot < core->peer_slots; slot++) {
        gf_peer *peer = core->peers[slot];
        if (peer == NULL || !peer->cut_off)
            continue;
        peer->cut_off = false;
        core->cut_off--;
        gf_reply_close(core, peer->id);
    }
}
