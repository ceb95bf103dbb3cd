"""csrc: reference-counted blocks from per-thread pools."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "gf_block.h" nogil:
    ctypedef struct gf_block:
        uint32_t size

    ctypedef struct gf_pool:
        pass

    ctypedef struct gf_pool_stats_out:
        uint64_t live_blocks
        uint64_t live_bytes
        uint64_t mapped_bytes

    gf_pool *gf_pool_new()
    void gf_pool_free(gf_pool *pool)
    void gf_pool_keep_large(gf_pool *pool, uint64_t bytes)
    void gf_pool_collect(gf_pool *pool)
    bint gf_pool_is_idle(const gf_pool *pool)
    void gf_pool_stats(const gf_pool *pool, gf_pool_stats_out *out)
    gf_block *gf_block_new(gf_pool *pool, size_t size)
    uint8_t *gf_block_data(gf_block *block)
    gf_block *gf_block_ref(gf_block *block)
    void gf_block_unref(gf_block *block, gf_pool *mine)
