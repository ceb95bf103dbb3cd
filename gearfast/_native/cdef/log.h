enum gf_log_level {
    GF_LOG_FATAL,
    GF_LOG_ALERT,
    GF_LOG_CRITICAL,
    GF_LOG_ERROR,
    GF_LOG_WARNING,
    GF_LOG_NOTICE,
    GF_LOG_INFO,
    GF_LOG_DEBUG,
};
#define GF_LOG_TEXT     ...
#define GF_LOG_CAPACITY ...

typedef struct gf_log_record {
    uint64_t time_us;
    int level;
    uint32_t length;
    char text[...];
} gf_log_record;
typedef struct gf_log {
    ...;
} gf_log;
int gf_log_init(gf_log *log, gf_bell *reader, int level);
void gf_log_free(gf_log *log);
bool gf_log_on(const gf_log *log, int level);
void gf_log_write(gf_log *log, int level, const char *format, ...);
const gf_log_record *gf_log_peek(gf_log *log);
void gf_log_release(gf_log *log);
