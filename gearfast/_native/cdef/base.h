enum gf_rc { GF_OK, GF_AGAIN, GF_NOMEM, GF_EPROTO, GF_ESYS, GF_FULL, ... };

uint32_t gf_load_be32(const void *from);
void gf_store_be32(void *to, uint32_t v);
const uint8_t *gf_find_nul(const uint8_t *p, size_t n);
unsigned gf_put_u32(uint8_t *out, uint32_t v);

typedef struct gf_seed {
    uint64_t k0, k1;
} gf_seed;
uint64_t gf_siphash13(const gf_seed *seed, const void *p, size_t n);
uint32_t gf_hash(const gf_seed *seed, const void *p, size_t n);
uint32_t gf_mix32(uint32_t a, uint32_t b);

void *malloc(size_t size);
void free(void *memory);

/* failing.c: of this thread's allocations `after` succeed, then `times` fail, then all succeed again. */
void gf_test_fail_allocations(unsigned after, unsigned times);

/* What this thread has allocated less what it has freed. */
int64_t gf_test_live_allocations(void);
