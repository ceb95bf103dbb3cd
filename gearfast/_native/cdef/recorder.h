typedef struct gf_counter { ...; } gf_counter;
uint64_t gf_counter_get(const gf_counter *counter);
#define GF_RECORDER_CHUNKS ...

typedef struct gf_recorder_options {
    int directory;
    uint64_t file_size;
    uint32_t files;
    bool payloads;
} gf_recorder_options;
typedef struct gf_recorder {
    uint64_t now;
    gf_counter skipped;
    ...;
} gf_recorder;
int gf_recorder_init(gf_recorder *recorder, const gf_recorder_options *options, gf_bell *main_bell, int log_level);
void gf_recorder_free(gf_recorder *recorder);
void gf_recorder_join(gf_recorder *recorder);
void gf_recorder_turn(gf_recorder *recorder);
int gf_recorder_start(gf_recorder *recorder, int directory, const char *name);
void gf_recorder_stop(gf_recorder *recorder);
bool gf_recorder_is_on(const gf_recorder *recorder);
void gf_recorder_publish(gf_recorder *recorder);
