"""csrc: packet types, events and effects, and the core that turns one into the other."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from gearfast._native.c_base cimport gf_seed
from gearfast._native.c_block cimport gf_block, gf_pool
from gearfast._native.c_recorder cimport gf_recorder


cdef extern from "gf_packet.h" nogil:
    enum:
        GF_HEADER_SIZE
        GF_MAGIC_REQ
        GF_MAGIC_RES
        GF_ARGUMENT_MAX
        GF_LINE_MAX
        GF_PACKET_TYPES

    enum:
        GF_CAN_DO
        GF_CANT_DO
        GF_CAN_DO_TIMEOUT
        GF_JOB_CREATED
        GF_WORK_COMPLETE

    ctypedef struct gf_packet_info:
        const char *name
        uint8_t arguments
        bint data
        bint request
        bint submit

    const gf_packet_info gf_packets[43]

    enum:
        GF_ERROR_NONE
        GF_ERROR_MAGIC
        GF_ERROR_COMMAND
        GF_ERROR_UNKNOWN_COMMAND
        GF_ERROR_MISSING_ARGUMENT
        GF_ERROR_PACKET_TOO_LARGE
        GF_ERROR_ARGUMENT_TOO_LARGE
        GF_ERROR_NO_MEMORY
        GF_ERROR_LINE_TOO_LONG

    ctypedef struct gf_error_info:
        const char *body
        uint32_t size

    const gf_error_info gf_errors[]


cdef extern from "gf_event.h" nogil:
    enum:
        GF_JOB_ROOM

    ctypedef struct gf_peer_id:
        uint32_t slot
        uint32_t generation

    enum:
        GF_EVENT_CONNECT
        GF_EVENT_PACKET
        GF_EVENT_LINE
        GF_EVENT_FAULT
        GF_EVENT_GONE

    ctypedef struct gf_event:
        gf_peer_id peer
        uint8_t kind
        uint8_t type
        uint8_t error
        uint32_t size
        gf_block *block
        uint32_t argument1
        uint32_t argument2
        uint32_t data
        uint32_t function_hash
        uint32_t unique_hash
        uint32_t weight

    enum:
        GF_EFFECT_PACKET
        GF_EFFECT_TEXT
        GF_EFFECT_FORGET
        GF_EFFECT_LOG
        GF_EFFECT_SHUTDOWN
        GF_EFFECT_PAUSE
        GF_EFFECT_RESUME
        GF_EFFECT_CLOSE
        GF_EFFECT_RECORD

    enum:
        GF_HANDLE_NONE
        GF_HANDLE_FIRST

    ctypedef struct gf_effect:
        gf_peer_id peer
        uint8_t kind
        uint8_t type
        uint8_t error
        uint8_t handle
        uint32_t number
        gf_block *block
        uint32_t at
        uint32_t length
        uint32_t at2
        uint32_t length2


cdef extern from "gf_journal.h" nogil:
    enum:
        GF_DURABILITY_NONE
        GF_DURABILITY_ASYNC
        GF_DURABILITY_SYNC

    enum:
        GF_RECORD_ADD
        GF_RECORD_DONE

    ctypedef struct gf_record:
        uint64_t mark
        gf_block *block
        int64_t when
        uint32_t number
        uint32_t data_at
        uint32_t data_size
        uint32_t key_at
        uint16_t function_size
        uint8_t key_size
        uint8_t unique_size
        uint8_t reducer_size
        uint8_t kind
        uint8_t priority
        uint8_t replaces

    enum:
        GF_STORE_COMMITTED
        GF_STORE_FAILED
        GF_STORE_RECOVERED
        GF_STORE_JOB
        GF_STORE_READ

    ctypedef struct gf_store_event:
        gf_block *block
        uint64_t mark
        uint64_t bytes
        int64_t when
        uint32_t data_at
        uint32_t data_size
        uint16_t function_size
        uint8_t unique_size
        uint8_t reducer_size
        uint8_t has_key
        uint8_t priority
        uint8_t kind


cdef extern from "gf_core.h" nogil:
    ctypedef struct gf_core_options:
        const char *handle_prefix
        const char *version
        gf_seed seed
        int compat
        bint round_robin
        bint exceptions
        bint allow_shutdown
        int wakeup
        int log_level
        uint32_t max_attempts
        uint32_t io_threads
        uint32_t buckets
        uint32_t suspect_after
        uint32_t job_lease
        uint64_t memory_limit
        uint64_t max_functions
        uint64_t max_uniques
        uint64_t max_packet
        int durability
        bint reading

    ctypedef struct gf_core:
        pass

    ctypedef struct gf_core_counts:
        uint64_t jobs
        uint64_t job_bytes
        uint64_t peers
        uint64_t functions
        uint64_t registrations
        uint64_t attachments
        uint64_t sleeping
        uint64_t submitted
        uint64_t coalesced
        uint64_t refused
        uint64_t completed
        uint64_t failed
        uint64_t requeued
        uint64_t dropped
        uint64_t lost_effects
        uint64_t lost_timeouts
        uint64_t memory
        uint64_t leases_over

    ctypedef struct gf_outside:
        uint64_t held
        uint64_t connections
        uint64_t max_connections
        uint64_t refused_connections
        uint64_t output
        uint64_t max_output
        uint64_t closed_output
        uint64_t unfinished
        uint64_t packet_timeout
        uint64_t closed_unfinished

    gf_core *gf_core_new(const gf_core_options *options)
    void gf_core_free(gf_core *core)
    void gf_core_event(gf_core *core, const gf_event *event)
    void gf_core_prefetch(const gf_core *core, const gf_event *event)
    void gf_core_outside(gf_core *core, const gf_outside *outside)
    void gf_core_time(gf_core *core, uint64_t monotonic, int64_t wall)
    uint64_t gf_core_patience(const gf_core *core)
    gf_effect *gf_core_effects(gf_core *core, size_t *count)
    void gf_core_clear(gf_core *core)
    void gf_core_cut_off(gf_core *core, gf_peer_id peer)
    void gf_core_count(const gf_core *core, gf_core_counts *counts)
    gf_pool *gf_core_pool(gf_core *core)
    void gf_core_store_event(gf_core *core, const gf_store_event *event)
    gf_record *gf_core_records(gf_core *core, size_t *count)
    void gf_core_take_records(gf_core *core, size_t count)
    bint gf_core_record_all(gf_core *core)
    void gf_core_note(gf_core *core, gf_recorder *recorder)
    void gf_recorder_obey(gf_recorder *recorder, gf_core *core, gf_effect *effect)
