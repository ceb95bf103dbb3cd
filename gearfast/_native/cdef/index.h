#define GF_INDEX_PLACES ...
#define GF_INDEX_SMALL ...
#define GF_INDEX_LARGE ...

typedef struct gf_index {
    uint32_t buckets;
    size_t count;
    ...;
} gf_index;
typedef bool gf_index_match(gf_node *node, const void *key);
int gf_index_init(gf_index *index, uint32_t segment_bits);
void gf_index_free(gf_index *index);
void gf_index_insert(gf_index *index, gf_node *node, uint32_t hash);
void gf_index_remove(gf_index *index, gf_node *node);
void gf_index_prefetch(const gf_index *index, uint32_t hash);
gf_node *gf_index_find(const gf_index *index, uint32_t hash, gf_index_match *match, const void *key);
