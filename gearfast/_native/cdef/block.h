typedef struct gf_block {
    uint32_t size;
    ...;
} gf_block;
typedef struct gf_pool gf_pool;
typedef struct gf_pool_stats_out {
    uint64_t live_blocks;
    uint64_t live_bytes;
    uint64_t mapped_bytes;
} gf_pool_stats_out;

gf_pool *gf_pool_new(void);
void gf_pool_free(gf_pool *pool);
void gf_pool_keep_large(gf_pool *pool, uint64_t bytes);
void gf_pool_collect(gf_pool *pool);
bool gf_pool_is_idle(const gf_pool *pool);
void gf_pool_stats(const gf_pool *pool, gf_pool_stats_out *out);
typedef void *gf_pool_alloc(size_t bytes);
typedef void gf_pool_release(void *memory, size_t bytes);
void gf_pool_set_system(gf_pool *pool, gf_pool_alloc *alloc, gf_pool_release *release);
gf_block *gf_block_new(gf_pool *pool, size_t size);
uint8_t *gf_block_data(gf_block *block);
gf_block *gf_block_ref(gf_block *block);
void gf_block_unref(gf_block *block, gf_pool *mine);
