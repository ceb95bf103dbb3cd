"""csrc: return codes, bytes, hashes, values shared between threads."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "gf_rc.h" nogil:
    enum:
        GF_OK
        GF_AGAIN
        GF_NOMEM
        GF_ESYS
        GF_FULL


cdef extern from "gf_bytes.h" nogil:
    uint32_t gf_load_be32(const void *source)
    void gf_store_be32(void *to, uint32_t value)
    const uint8_t *gf_find_nul(const uint8_t *text, size_t size)
    unsigned gf_put_u32(uint8_t *out, uint32_t value)


cdef extern from "gf_hash.h" nogil:
    ctypedef struct gf_seed:
        uint64_t k0
        uint64_t k1

    uint32_t gf_hash(const gf_seed *seed, const void *bytes, size_t size)


cdef extern from "gf_shared.h" nogil:
    ctypedef struct gf_counter:
        pass

    ctypedef struct gf_flags:
        pass

    uint64_t gf_counter_get(const gf_counter *counter)
    void gf_counter_set(gf_counter *counter, uint64_t value)
    void gf_counter_bump(gf_counter *counter, uint64_t by)
    uint64_t gf_counter_add(gf_counter *counter, int64_t by)
    void gf_flags_raise(gf_flags *flags, uint32_t bits)
    uint32_t gf_flags_get(const gf_flags *flags)
    uint32_t gf_flags_take(gf_flags *flags)
