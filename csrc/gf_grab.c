/* GRAB_JOB, GRAB_JOB_UNIQ, GRAB_JOB_ALL and PRE_SLEEP. */
#include "gf_parts.h"

static gf_packet_type answer_to(gf_packet_type grab, const gf_job *job)
{
    if (grab == GF_GRAB_JOB)
        return GF_JOB_ASSIGN;
    return grab == GF_GRAB_JOB_ALL && job->reducer_size > 0 ? GF_JOB_ASSIGN_ALL : GF_JOB_ASSIGN_UNIQ;
}

static bool rotates(const gf_core *core)
{
    return core->options.compat != GF_COMPAT_1_1 || core->options.round_robin;
}

static void hand_out(gf_core *core, gf_peer *peer, gf_job *job, gf_registration *through)
{
    uint32_t timeout = through->timeout > 0 ? through->timeout : core->options.job_lease;
    job->worker = peer;
    job->leased = through->timeout == 0;
    gf_job_move(core, job, GF_JOB_RUNNING);
    job->place = core->now;
    if (gf_is_recording(core))
        gf_note_start(core, job);
    /* Without memory for a timer the job runs without its time-out rather than not at all. */
    if (timeout > 0 && gf_timers_arm(&core->timeouts, &job->timer, core->now + timeout) != GF_OK)
        core->counts.lost_timeouts++;
    if (rotates(core))
        gf_registration_rotate(through);
}

void gf_on_grab(gf_core *core, gf_peer *peer, const gf_event *event)
{
    gf_registration *through;
    gf_function *woken_for = gf_awake(core, peer);
    gf_job *job = gf_pick(core, peer, &through);
    if (job == NULL) {
        gf_reply_empty(core, peer, GF_NO_JOB);
        return;
    }
    hand_out(core, peer, job, through);
    gf_reply_assign(core, peer, answer_to((gf_packet_type)event->type, job), job);
    /* It may have taken a job of another function than the one it was woken for. */
    if (woken_for != NULL)
        gf_wake_more(core, woken_for);
}

void gf_on_pre_sleep(gf_core *core, gf_peer *peer, const gf_event *event)
{
    (void)event;
    gf_registration *through;
    const gf_job *job = gf_pick(core, peer, &through);
    if (job != NULL && peer->rest == GF_WOKEN) {
        gf_reply_empty(core, peer, GF_NOOP);
        return;
    }
    gf_awake(core, peer);
    if (job != NULL)
        gf_wake(core, peer, job->function);
    else
        gf_sleep(core, peer);
}
