/* What the parts of the core offer each other; one block for each file. */
#ifndef GF_PARTS_H
#define GF_PARTS_H

#include "gf_state.h"

/* gf_memory.c: small objects from the core's pool. NULL when memory is out. Those of any size are counted in
 * core->object_bytes, of the others there are other counts. */
void *gf_core_alloc(gf_core *core, size_t size);
void gf_core_release(gf_core *core, void *object);
void *gf_core_alloc_counted(gf_core *core, size_t size);
void gf_core_release_counted(gf_core *core, void *object);

/* gf_limit.c */
uint64_t gf_memory_used(const gf_core *core);
bool gf_memory_is_over(const gf_core *core, uint64_t more, uint64_t limit);
gf_error gf_functions_refusal(const gf_core *core);
gf_error gf_uniques_refusal(const gf_core *core);
const char *gf_error_text(const gf_core *core, gf_error error);
bool gf_limits_init(gf_core *core);
void gf_limits_free(gf_core *core);

/* Whether so many bytes more would be too many. */
static inline gf_error gf_memory_refusal(const gf_core *core, uint64_t more)
{
    uint64_t limit = core->options.memory_limit;
    return limit != 0 && gf_memory_is_over(core, more, limit) ? GF_ERROR_MEMORY_LIMIT : GF_ERROR_NONE;
}

/* Above the limit registrations may still take a share: who can't register can't make room either. */
static inline gf_error gf_memory_refusal_of_worker(const gf_core *core)
{
    enum { SHARE = 8, EACH = 128 };
    uint64_t limit = core->options.memory_limit;
    bool is_over =
        limit != 0 && core->counts.registrations * EACH > limit / SHARE && gf_memory_is_over(core, 0, limit);
    return is_over ? GF_ERROR_MEMORY_LIMIT : GF_ERROR_NONE;
}

/* The array with room for one more than `count`; NULL when memory is out, and it stays as it was. */
void *gf_array_with_room(void *items, size_t count, size_t *capacity, size_t item_size);

/* gf_reply.c: effects. A block argument is borrowed: the effect takes a reference of its own. */
void gf_reply_empty(gf_core *core, const gf_peer *peer, gf_packet_type type);
void gf_reply_handle(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number);
void gf_reply_handle_no_data(gf_core *core, const gf_peer *peer, gf_packet_type type, uint32_t number);
void gf_reply_error(gf_core *core, const gf_peer *peer, gf_error error);
void gf_reply_block(gf_core *core, const gf_peer *peer, gf_packet_type type, gf_block *block, uint32_t at,
                    uint32_t length);
void gf_reply_text(gf_core *core, const gf_peer *peer, gf_block *block, uint32_t length);
void gf_ask_recorder(gf_core *core, const gf_peer *peer, gf_block *block, uint32_t length);
void gf_reply_assign(gf_core *core, const gf_peer *peer, gf_packet_type type, const gf_job *job);
void gf_reply_close(gf_core *core, gf_peer_id peer);
void gf_reply_forget(gf_core *core, gf_peer_id peer);
void gf_reply_shutdown(gf_core *core, bool graceful);
bool gf_effects_have_room(gf_core *core); /* for one more */
/* Takes over the effect's block, and holds nothing back. */
void gf_effect_add(gf_core *core, const gf_effect *effect);
void gf_core_log(gf_core *core, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* gf_text.c: a growing reply, rendered into one block. */
typedef struct gf_text {
    gf_core *core;
    gf_block *block;
    uint32_t length;
    bool failed;
} gf_text;

void gf_text_start(gf_text *text, gf_core *core);
void gf_text_bytes(gf_text *text, const void *bytes, size_t size);
void gf_text_string(gf_text *text, const char *string);
void gf_text_number(gf_text *text, uint32_t number);
void gf_text_cell(gf_text *text, uint64_t number); /* behind a tab */
void gf_text_byte(gf_text *text, char byte);
void gf_text_drop(gf_text *text);
/* Sends what was written and lets go of it. */
void gf_text_send(gf_text *text, const gf_peer *peer);
/* The text is a command for the recorder, which answers. */
void gf_text_send_recorder(gf_text *text, const gf_peer *peer);
void gf_text_send_packet(gf_text *text, const gf_peer *peer, gf_packet_type type);

/* gf_function.c */
gf_function *gf_function_find(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash);
gf_function *gf_function_get(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash);
/* For a connection, which a limit may forbid a new one: NULL and `error`. `refusal` is that of memory. */
gf_function *gf_function_wanted(gf_core *core, const uint8_t *name, uint32_t size, uint32_t hash,
                                gf_error refusal, gf_error *error);
gf_function *gf_function_named(gf_core *core, const uint8_t *name, uint32_t size);
bool gf_function_drop(gf_core *core, gf_function *function);
void gf_function_refresh(gf_core *core, gf_function *function, gf_priority priority);
uint32_t gf_function_waiting(const gf_function *function, gf_priority priority);
uint32_t gf_function_runnable(const gf_function *function);
uint32_t gf_function_total(const gf_function *function);
gf_job *gf_function_first(const gf_function *function, gf_priority priority);

/* gf_job.c */
void gf_job_add(gf_core *core, gf_job *job);
void gf_job_move(gf_core *core, gf_job *job, gf_job_state state);
void gf_job_end(gf_core *core, gf_job *job);
void gf_job_fail(gf_core *core, gf_job *job, gf_ending ending);
void gf_job_withdraw(gf_core *core, gf_job *job, gf_ending ending);
void gf_job_requeue(gf_core *core, gf_job *job);
bool gf_job_wanted(const gf_job *job);
gf_job *gf_job_numbered(const gf_core *core, uint32_t number);
gf_job *gf_job_of_handle(const gf_core *core, const uint8_t *handle, uint32_t size);
void gf_jobs_due(gf_core *core);
void gf_jobs_timed_out(gf_core *core);

/* gf_unique.c */
uint32_t gf_unique_hash(uint32_t function_hash, uint32_t hash);
gf_job *gf_unique_find(gf_core *core, const gf_job *like, uint32_t hash);
void gf_unique_add(gf_core *core, gf_job *job, uint32_t hash);
void gf_unique_remove(gf_core *core, gf_job *job);
gf_job *gf_unique_newest(gf_core *core, const uint8_t *unique, uint32_t size, uint32_t hash);

/* gf_attachment.c */
bool gf_attach(gf_core *core, gf_peer *peer, gf_job *job);
void gf_detach_job(gf_core *core, gf_job *job);
void gf_detach_peer(gf_core *core, gf_peer *peer);
void gf_tell_client(gf_core *core, const gf_peer *client, const gf_job *job, const gf_event *event);
void gf_tell_clients(gf_core *core, const gf_job *job, const gf_event *event);

/* gf_journal.c: records for the store. */
gf_error gf_journal_refusal(gf_core *core);
void gf_journal_add(gf_core *core, gf_job *job, int64_t when);
void gf_journal_replace(gf_core *core, gf_job *job, int64_t when);
void gf_journal_done(gf_core *core, const gf_job *job);
void gf_journal_committed(gf_core *core, const gf_store_event *event);
/* More than a share-th of what may be on the way is. */
bool gf_journal_over(const gf_core *core, uint32_t share);
void gf_journal_free(gf_core *core);

/* gf_hold.c: effects that wait for the store, connections that are not read from. */
bool gf_holds_have_room(gf_core *core); /* for one more; makes it */
void gf_hold_created(gf_core *core, const gf_peer *peer, const gf_job *job, gf_hold_reason reason);
void gf_holds_sweep(gf_core *core, size_t from);
void gf_holds_release(gf_core *core);
void gf_holds_fail(gf_core *core);
void gf_say_pause(gf_core *core, const gf_peer *peer, gf_effect_kind kind);
void gf_pause(gf_core *core, gf_peer *peer);
void gf_resume_all(gf_core *core);
void gf_holds_free(gf_core *core);

/* gf_store.c: what the store tells. */
bool gf_defer(gf_core *core, const gf_event *event);
gf_effect gf_trouble_effect(const gf_core *core, gf_peer_id peer);
/* Takes over the event's block; false when memory is out. */
bool gf_deferred_add(gf_deferred *deferred, const gf_event *event);
void gf_deferred_free(gf_core *core, gf_deferred *deferred);

/* gf_notes.c: what the recorder is told. To be called only if gf_is_recording. */
static inline bool gf_is_recording(const gf_core *core)
{
    return __builtin_expect(core->recorder != NULL, 0);
}

void gf_note_connect(gf_core *core, const gf_peer *peer, bool was_there);
void gf_note_gone(gf_core *core, const gf_peer *peer);
void gf_note_register(gf_core *core, const gf_registration *registration);
void gf_note_unregister(gf_core *core, const gf_peer *peer, gf_function *function);
void gf_note_reset(gf_core *core, const gf_peer *peer);
void gf_note_submit(gf_core *core, const gf_peer *peer, gf_job *job, int64_t when);
void gf_note_joined(gf_core *core, const gf_peer *peer, const gf_job *job, const gf_job *submitted);
void gf_note_refused(gf_core *core, const gf_peer *peer, const gf_job *submitted);
void gf_note_due(gf_core *core, gf_job *job);
void gf_note_start(gf_core *core, gf_job *job);
void gf_note_update(gf_core *core, const gf_job *job, const gf_event *event);
void gf_note_result(gf_core *core, const gf_job *job, gf_ending ending, const gf_event *event);
void gf_note_end(gf_core *core, gf_job *job, gf_ending ending);

/* gf_submit.c */
bool gf_is_background(gf_packet_type type);

/* gf_registration.c */
gf_registration *gf_registration_find(const gf_peer *peer, const gf_function *function);
gf_registration *gf_registration_any(const gf_peer *peer, const gf_function *function);
bool gf_registration_add(gf_core *core, gf_peer *peer, gf_function *function, uint32_t timeout);
void gf_registration_remove(gf_core *core, gf_registration *registration);
void gf_registration_remove_all(gf_core *core, gf_peer *peer);
void gf_registration_rotate(gf_registration *registration);

/* gf_pick.c: which job a worker gets. */
gf_job *gf_pick(const gf_core *core, gf_peer *peer, gf_registration **through);

/* gf_wake.c */
void gf_wake(gf_core *core, gf_peer *peer, gf_function *function);
void gf_wake_for_job(gf_core *core, gf_function *function);
void gf_wake_more(gf_core *core, gf_function *function);
void gf_wake_registered(gf_core *core, gf_peer *peer, gf_function *function);
void gf_wake_withdraw(gf_core *core, gf_peer *peer, const gf_function *function);
void gf_sleep(gf_core *core, gf_peer *peer);
/* The peer has come back or is leaving; whoever it was woken for, if anybody. */
gf_function *gf_awake(gf_core *core, gf_peer *peer);
void gf_suspect(gf_core *core);

/* gf_peer.c */
gf_peer *gf_peer_find(const gf_core *core, gf_peer_id id);
void gf_peer_connect(gf_core *core, const gf_event *event);
void gf_peer_gone(gf_core *core, gf_peer *peer);
bool gf_give_up(gf_core *core, const gf_event *event);
void gf_close_cut_off(gf_core *core);

/* gf_schedule.c: the next minute after `now` (s) that matches; -1 for a field out of range. */
int64_t gf_schedule_next(const uint8_t *fields, uint32_t size, int64_t now);

/* gf_number.c: numbers as C's strtol reads them, from bytes that need no terminator. */
bool gf_parse_int64(const uint8_t *text, size_t size, int64_t *value);

/* The handlers, one for each packet type; gf_dispatch in gf_core.c lists them. */
typedef void gf_handler(gf_core *core, gf_peer *peer, const gf_event *event);
gf_handler gf_on_submit, gf_on_submit_epoch, gf_on_submit_sched, gf_on_submit_reduce; /* gf_submit.c */
gf_handler gf_on_can_do, gf_on_can_do_timeout, gf_on_cant_do, gf_on_reset_abilities;  /* gf_ability.c */
gf_handler gf_on_pre_sleep, gf_on_grab;                                               /* gf_grab.c */
gf_handler gf_on_work_data, gf_on_work_status, gf_on_work_complete, gf_on_work_fail;  /* gf_work.c */
gf_handler gf_on_work_exception;                                                      /* gf_work.c */
gf_handler gf_on_get_status, gf_on_get_status_unique, gf_on_echo, gf_on_option,
    gf_on_client_id; /* gf_query.c */

/* gf_admin.c: a line of the text protocol. */
void gf_admin_line(gf_core *core, gf_peer *peer, const uint8_t *line, uint32_t size);
void gf_admin_line_too_long(gf_core *core, const gf_peer *peer);
/* gf_admin_list.c: listings, in gearmand's order. */
typedef void gf_listing(gf_core *core, gf_text *text);
gf_listing gf_list_status, gf_list_priorities, gf_list_workers, gf_list_counts;
/* False when the answer comes later. */
bool gf_list_jobs(gf_core *core, gf_peer *peer, gf_text *text);
bool gf_list_uniques(gf_core *core, gf_peer *peer, gf_text *text);
gf_listing gf_list_limits; /* gf_limit.c */

/* gf_explain.c */
void gf_explain_job(const gf_core *core, gf_text *text, const gf_job *job);
void gf_explain_function(const gf_core *core, gf_text *text, const gf_function *function);

/* gf_order.c: the caller frees the array. NULL when memory is out. */
gf_function **gf_functions_in_order(const gf_core *core, size_t *count);
typedef uint32_t gf_job_hash(const gf_core *core, const gf_job *job);
gf_job **gf_jobs_in_order(const gf_core *core, gf_job_hash *hash, size_t *count);
uint32_t gf_gearmand_hash(const void *bytes, size_t size);

/* gf_walk.c: listings that take several turns. */
typedef void gf_job_line(gf_text *text, const gf_core *core, const gf_job *job);
bool gf_walk_is_long(const gf_core *core);
bool gf_walk_start(gf_core *core, gf_peer *peer, gf_job_hash *hash, gf_job_line *line);
bool gf_walk_defer(gf_core *core, gf_peer *peer, const gf_event *event);
void gf_walk_step(gf_core *core);
void gf_walk_drop(gf_core *core, gf_peer *peer);

/* An empty body has no block. */
static inline const uint8_t *gf_event_body(const gf_event *event)
{
    return event->block == NULL ? (const uint8_t *)"" : gf_block_data(event->block);
}

#endif
