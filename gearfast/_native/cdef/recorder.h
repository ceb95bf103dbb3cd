typedef enum gf_note_kind { GF_NOTE_CONNECT, ... } gf_note_kind;
#define GF_RECORDER_CAPACITY ...

typedef struct gf_recorder_options {
    int directory;
    uint64_t file_size;
    uint32_t files;
    bool payloads;
} gf_recorder_options;
typedef struct gf_note {
    uint64_t at;
    uint32_t size;
    ...;
} gf_note;
typedef struct gf_recording {
    gf_table names;
    ...;
} gf_recording;
typedef struct gf_recorder {
    uint64_t now;
    gf_recording recording;
    ...;
} gf_recorder;
int gf_recorder_init(gf_recorder *recorder, const gf_recorder_options *options, gf_bell *main_bell, int log_level);
void gf_recorder_free(gf_recorder *recorder);
void gf_recorder_join(gf_recorder *recorder);
void gf_recorder_turn(gf_recorder *recorder);
int gf_recorder_start(gf_recorder *recorder, int directory, const char *name);
void gf_recorder_stop(gf_recorder *recorder);
bool gf_recorder_is_on(const gf_recorder *recorder);
gf_note *gf_recorder_note(gf_recorder *recorder, gf_note_kind kind);
void gf_recorder_publish(gf_recorder *recorder);
