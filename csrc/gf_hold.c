/* Answers that wait for the store, and the connections that are not read from until it has caught up.
 *
 * Behind an answer that waits, everything for that connection waits, so that replies keep the order of the
 * requests. All wait in one queue, by the record they wait for. */
#include <stdlib.h>

#include "gf_log.h"
#include "gf_parts.h"

enum { FIRST_HELD = 64 };

/* Most effects that wait for one connection before it is not read from. */
enum { HELD_MOST = 4096 };

static gf_held *held_at(const gf_holds *holds, size_t nth)
{
    return &holds->queue[(holds->first + nth) & (holds->capacity - 1)];
}

static bool make_room(gf_holds *holds)
{
    if (holds->count < holds->capacity)
        return true;
    size_t capacity = holds->capacity == 0 ? FIRST_HELD : holds->capacity * 2;
    gf_held *grown = malloc(capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    for (size_t i = 0; i < holds->count; i++)
        grown[i] = *held_at(holds, i);
    free(holds->queue);
    holds->queue = grown;
    holds->first = 0;
    holds->capacity = capacity;
    return true;
}

bool gf_holds_have_room(gf_core *core)
{
    return make_room(&core->holds);
}

/* Takes over the effect's block. */
static void hold(gf_core *core, const gf_effect *effect, gf_peer *peer, gf_hold_reason reason, uint64_t mark)
{
    gf_holds *holds = &core->holds;
    if (!make_room(holds)) {
        gf_core_cut_off(core, effect->peer);
        if (effect->block != NULL)
            gf_block_unref(effect->block, core->pool);
        return;
    }
    *held_at(holds, holds->count++) = (gf_held){.mark = mark, .effect = *effect, .reason = reason};
    if (peer != NULL && ++peer->held >= HELD_MOST)
        gf_pause(core, peer);
}

/* JOB_CREATED for a background submit. A job that was there already may be recorded but not committed. */
void gf_hold_created(gf_core *core, const gf_peer *peer, const gf_job *job, gf_hold_reason reason)
{
    const gf_journal *journal = &core->journal;
    size_t at = core->effect_count;
    gf_reply_handle(core, peer, GF_JOB_CREATED, gf_job_number(job));
    bool waits = core->options.durability == GF_DURABILITY_SYNC && journal->mark != journal->committed;
    if (!waits || core->effect_count == at)
        return;
    core->holds.fresh = reason;
    core->holds.fresh_at = at;
}

/* Whether the effect waits for the last record, or behind another one: then it has gone into the queue. A
 * slot is given back last of all. */
static bool hold_back(gf_core *core, size_t at)
{
    gf_holds *holds = &core->holds;
    const gf_effect effect = core->effects[at];
    gf_peer *peer = gf_peer_find(core, effect.peer);
    if (holds->fresh != GF_HELD_NOT && at == holds->fresh_at) {
        hold(core, &effect, peer, holds->fresh, core->journal.mark);
        return true;
    }
    bool is_said = effect.kind == GF_EFFECT_PACKET || effect.kind == GF_EFFECT_TEXT;
    bool follows = is_said ? peer != NULL && peer->held > 0 : effect.kind == GF_EFFECT_FORGET;
    if (!follows || holds->count == 0)
        return false;
    hold(core, &effect, peer, GF_HELD_BEHIND, held_at(holds, holds->count - 1)->mark);
    return true;
}

/* At the end of an event, for its effects, the first of which is at `from`. */
void gf_holds_sweep(gf_core *core, size_t from)
{
    if (core->holds.count == 0 && core->holds.fresh == GF_HELD_NOT)
        return;
    size_t kept = from;
    for (size_t at = from; at < core->effect_count; at++)
        if (!hold_back(core, at))
            core->effects[kept++] = core->effects[at];
    core->effect_count = kept;
    core->holds.fresh = GF_HELD_NOT;
}

static gf_held take_first(gf_core *core)
{
    gf_holds *holds = &core->holds;
    gf_held held = *held_at(holds, 0);
    holds->first = (holds->first + 1) & (holds->capacity - 1);
    holds->count--;
    gf_peer *peer = gf_peer_find(core, held.effect.peer);
    if (peer != NULL)
        peer->held--;
    return held;
}

/* Says what waited for records that are committed now. */
void gf_holds_release(gf_core *core)
{
    while (core->holds.count > 0 && held_at(&core->holds, 0)->mark <= core->journal.committed) {
        gf_held held = take_first(core);
        gf_effect_add(core, &held.effect);
    }
}

/* The store does not take the job, so it is not accepted. One that runs already runs to its end. */
static void withdraw(gf_core *core, gf_job *job)
{
    job->background = 0;
    if (!gf_job_wanted(job) && job->state != GF_JOB_RUNNING)
        gf_job_withdraw(core, job, GF_ENDING_CANCELLED);
}

/* The submit is answered with the store's trouble. A job that has ended needs no store any more: it is
 * answered as if it were kept. */
static void refuse(gf_core *core, gf_held *held)
{
    uint32_t number = held->effect.number;
    if (held->reason == GF_HELD_BEHIND || gf_job_numbered(core, number) == NULL) {
        held->reason = GF_HELD_BEHIND;
        return;
    }
    held->effect = gf_trouble_effect(core, held->effect.peer);
    held->effect.number = number;
    gf_block_ref(held->effect.block);
}

/* The store fails: nothing waits for it any more. Who joined a job is refused before the job goes. */
void gf_holds_fail(gf_core *core)
{
    for (size_t i = 0; i < core->holds.count; i++)
        refuse(core, held_at(&core->holds, i));
    while (core->holds.count > 0) {
        gf_held held = take_first(core);
        if (held.reason == GF_HELD_ADDED)
            withdraw(core, gf_job_numbered(core, held.effect.number));
        gf_effect_add(core, &held.effect);
    }
    gf_resume_all(core);
}

/* PAUSE before the connection gets a reason to wait, RESUME after it lost one; nothing if it has the other.
 */
void gf_say_pause(gf_core *core, const gf_peer *peer, gf_effect_kind kind)
{
    if (!peer->paused && peer->walk == NULL)
        gf_effect_add(core, &(gf_effect){.peer = peer->id, .kind = (uint8_t)kind});
}

static bool make_room_to_pause(gf_holds *holds)
{
    gf_peer_id *grown =
        gf_array_with_room(holds->paused, holds->paused_count, &holds->paused_capacity, sizeof *grown);
    if (grown != NULL)
        holds->paused = grown;
    return grown != NULL;
}

/* Has the connection not read from until gf_resume_all, and until the end of its listing. */
void gf_pause(gf_core *core, gf_peer *peer)
{
    if (peer->paused || !make_room_to_pause(&core->holds))
        return;
    gf_say_pause(core, peer, GF_EFFECT_PAUSE);
    peer->paused = true;
    core->holds.paused[core->holds.paused_count++] = peer->id;
}

void gf_resume_all(gf_core *core)
{
    for (size_t i = 0; i < core->holds.paused_count; i++) {
        gf_peer *peer = gf_peer_find(core, core->holds.paused[i]);
        if (peer == NULL)
            continue;
        peer->paused = false;
        gf_say_pause(core, peer, GF_EFFECT_RESUME);
    }
    core->holds.paused_count = 0;
}

void gf_holds_free(gf_core *core)
{
    while (core->holds.count > 0) {
        gf_held held = take_first(core);
        if (held.effect.block != NULL)
            gf_block_unref(held.effect.block, core->pool);
    }
    free(core->holds.queue);
    free(core->holds.paused);
}
