typedef struct gf_ring {
    uint32_t capacity;
    uint32_t element_size;
    uint32_t published;
    uint32_t reserved;
    uint32_t released_seen;
    uint32_t released;
    uint32_t peeked;
    uint32_t published_seen;
    ...;
} gf_ring;
int gf_ring_init(gf_ring *ring, uint32_t capacity, uint32_t element_size);
void gf_ring_free(gf_ring *ring);
void *gf_ring_reserve_spsc(gf_ring *ring);
void gf_ring_commit_spsc(gf_ring *ring);
void *gf_ring_peek_spsc(gf_ring *ring);
void gf_ring_look_spsc(gf_ring *ring);
void *gf_ring_peek_seen_spsc(gf_ring *ring);
void gf_ring_release_spsc(gf_ring *ring);
bool gf_ring_empty_spsc(gf_ring *ring);

typedef struct gf_lane {
    gf_ring ring;
    ...;
} gf_lane;
int gf_lane_init(gf_lane *lane, uint32_t capacity, uint32_t element_size);
void gf_lane_free(gf_lane *lane);
void *gf_lane_push(gf_lane *lane);
bool gf_lane_flush(gf_lane *lane);
bool gf_lane_stalled(const gf_lane *lane);
void gf_lane_block(gf_lane *lane);
void *gf_lane_peek(gf_lane *lane);
void gf_lane_look(gf_lane *lane);
void *gf_lane_peek_seen(gf_lane *lane);
void gf_lane_release(gf_lane *lane);
bool gf_lane_empty(gf_lane *lane);
bool gf_lane_unblock(gf_lane *lane);

typedef struct gf_bell {
    int fd;
    ...;
} gf_bell;
int gf_bell_init(gf_bell *bell);
void gf_bell_close(gf_bell *bell);
void gf_bell_ring(gf_bell *bell);
void gf_bell_sleep(gf_bell *bell);
void gf_bell_awake(gf_bell *bell);
void gf_bell_clear(gf_bell *bell);
