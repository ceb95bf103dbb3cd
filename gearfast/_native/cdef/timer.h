typedef struct gf_timer {
    uint64_t due;
    uint32_t at;
} gf_timer;
typedef struct gf_timers {
    uint32_t count;
    uint32_t capacity;
    ...;
} gf_timers;
void gf_timers_init(gf_timers *timers);
void gf_timers_free(gf_timers *timers);
int gf_timers_arm(gf_timers *timers, gf_timer *timer, uint64_t due);
void gf_timers_cancel(gf_timers *timers, gf_timer *timer);
gf_timer *gf_timers_first(const gf_timers *timers);
gf_timer *gf_timers_pop(gf_timers *timers, uint64_t now);
uint64_t gf_timers_next(const gf_timers *timers);
