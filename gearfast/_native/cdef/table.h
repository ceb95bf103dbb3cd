#define GF_TABLE_SEGMENT ...

typedef struct gf_node {
    struct gf_node *next;
    uint32_t hash;
} gf_node;
typedef struct gf_table {
    uint32_t buckets;
    size_t count;
    ...;
} gf_table;
int gf_table_init(gf_table *table);
void gf_table_free(gf_table *table);
void gf_table_insert(gf_table *table, gf_node *node, uint32_t hash);
void gf_table_remove(gf_table *table, gf_node *node);
gf_node *gf_table_first(const gf_table *table, uint32_t hash);
gf_node *gf_table_next(const gf_node *node);
void gf_table_each(const gf_table *table, void (*visit)(gf_node *, void *), void *context);
