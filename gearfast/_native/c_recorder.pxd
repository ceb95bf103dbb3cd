"""csrc: the recorder, which writes what the processing thread does to a file."""

from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.c_thread cimport gf_bell, gf_log


cdef extern from "gf_recorder.h" nogil:
    ctypedef struct gf_recorder_options:
        int directory
        uint64_t file_size
        uint32_t files
        bint payloads

    ctypedef struct gf_recorder:
        gf_log log
        uint64_t now

    int gf_recorder_init(
        gf_recorder *recorder, const gf_recorder_options *options, gf_bell *main_bell, int log_level
    )
    void gf_recorder_free(gf_recorder *recorder)
    int gf_recorder_run(gf_recorder *recorder)
    void gf_recorder_join(gf_recorder *recorder)
    int gf_recorder_start(gf_recorder *recorder, int directory, const char *name)
    void gf_recorder_stop(gf_recorder *recorder)
    bint gf_recorder_is_on(const gf_recorder *recorder)
    bint gf_recorder_has_failed(const gf_recorder *recorder)
    void gf_recorder_publish(gf_recorder *recorder)
    uint64_t gf_recorder_patience(const gf_recorder *recorder)
