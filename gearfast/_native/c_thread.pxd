"""csrc: what threads hand each other: lanes, bells, log records; and the poller they sleep in."""

from libc.stdint cimport uint32_t, uint64_t


cdef extern from "gf_lane.h" nogil:
    ctypedef struct gf_lane:
        pass

    int gf_lane_init(gf_lane *lane, uint32_t capacity, uint32_t element_size)
    void gf_lane_free(gf_lane *lane)
    void *gf_lane_push(gf_lane *lane)
    bint gf_lane_flush(gf_lane *lane)
    bint gf_lane_stalled(const gf_lane *lane)
    void gf_lane_block(gf_lane *lane)
    void *gf_lane_peek(gf_lane *lane)
    void gf_lane_look(gf_lane *lane)
    void *gf_lane_peek_seen(gf_lane *lane)
    void gf_lane_release(gf_lane *lane)
    bint gf_lane_empty(gf_lane *lane)
    bint gf_lane_unblock(gf_lane *lane)


cdef extern from "gf_bell.h" nogil:
    ctypedef struct gf_bell:
        int fd

    int gf_bell_init(gf_bell *bell)
    void gf_bell_close(gf_bell *bell)
    void gf_bell_ring(gf_bell *bell)
    void gf_bell_sleep(gf_bell *bell)
    void gf_bell_awake(gf_bell *bell)
    void gf_bell_clear(gf_bell *bell)


cdef extern from "gf_log.h" nogil:
    enum:
        GF_LOG_ERROR
        GF_LOG_WARNING
        GF_LOG_NOTICE
        GF_LOG_INFO
        GF_LOG_DEBUG

    ctypedef struct gf_log_record:
        uint64_t time_us
        int level
        uint32_t length
        char text[480]

    ctypedef struct gf_log:
        pass

    int gf_log_init(gf_log *log, gf_bell *reader, int level)
    void gf_log_free(gf_log *log)
    bint gf_log_on(const gf_log *log, int level)
    void gf_log_write(gf_log *log, int level, const char *format, ...)
    const gf_log_record *gf_log_peek(gf_log *log)
    void gf_log_release(gf_log *log)


cdef extern from "gf_poller.h" nogil:
    ctypedef struct gf_poller:
        int fd

    ctypedef struct gf_ready:
        uint64_t tag
        uint32_t events

    enum:
        GF_POLLER_BATCH

    int gf_poller_init(gf_poller *poller)
    void gf_poller_close(gf_poller *poller)
    int gf_poller_add(gf_poller *poller, int fd, uint64_t tag, uint32_t events)
    int gf_poller_change(gf_poller *poller, int fd, uint64_t tag, uint32_t events)
    int gf_poller_remove(gf_poller *poller, int fd)
    int gf_poller_wait(gf_poller *poller, gf_ready *out, int most, int timeout_ms)
