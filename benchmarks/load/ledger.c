#include "ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "fail.h"

enum { LONGEST_PREFIX = 64 };

static uint64_t capacity;
static _Atomic uint64_t next_number;
static _Atomic uint8_t *steps;    /* of each job: those it has taken */
static _Atomic uint32_t *handles; /* of each job: the number in its handle plus 1; 0: not known yet */
static _Atomic uint64_t *given;   /* a bit for each number that was in a handle of JOB_CREATED */

static pthread_mutex_t prefix_lock = PTHREAD_MUTEX_INITIALIZER;
static char prefix[LONGEST_PREFIX]; /* what every handle begins with; the first one decides */
static _Atomic size_t prefix_length;

/* Memory that is zero and costs nothing until it is touched. */
static void *reserve(size_t size)
{
    const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, kind, -1, 0);
    if (memory == MAP_FAILED)
        fail_system("memory for the ledger");
    return memory;
}

void ledger_init(uint64_t jobs)
{
    capacity = jobs;
    steps = reserve(jobs);
    handles = reserve(jobs * sizeof *handles);
    given = reserve((UINT64_C(1) << 32) / 8);
}

uint64_t ledger_next(void)
{
    const uint64_t number = atomic_fetch_add_explicit(&next_number, 1, memory_order_relaxed);
    if (number >= capacity)
        fail(EXIT_USAGE, "more than %llu jobs: give --jobs", (unsigned long long)capacity);
    return number;
}

uint64_t ledger_submitted(void)
{
    return atomic_load_explicit(&next_number, memory_order_relaxed);
}

static void check_prefix(const char *bytes, size_t length)
{
    size_t known = atomic_load_explicit(&prefix_length, memory_order_acquire);
    if (known == 0 && length > 0 && length < LONGEST_PREFIX) {
        pthread_mutex_lock(&prefix_lock);
        known = atomic_load_explicit(&prefix_length, memory_order_relaxed);
        if (known == 0) {
            memcpy(prefix, bytes, length);
            atomic_store_explicit(&prefix_length, known = length, memory_order_release);
        }
        pthread_mutex_unlock(&prefix_lock);
    }
    if (known != length || memcmp(prefix, bytes, length) != 0)
        fail(EXIT_WRONG, "the handle %.*s does not begin like the others", (int)length, bytes);
}

/* The number at the end of a handle. */
static uint32_t handle_number(span handle)
{
    const char *bytes = (const char *)handle.at;
    size_t start = handle.length;
    uint64_t number = 0;
    while (start > 0 && bytes[start - 1] >= '0' && bytes[start - 1] <= '9')
        start--;
    for (size_t i = start; i < handle.length && number < UINT32_MAX; i++)
        number = 10 * number + (uint64_t)(bytes[i] - '0');
    if (start == handle.length || number >= UINT32_MAX)
        fail(EXIT_WRONG, "a handle without a number: %.*s", (int)handle.length, bytes);
    check_prefix(bytes, start);
    return (uint32_t)number;
}

/* Client and worker must be told the same handle, in whatever order they hear of it. */
static void check_handle(uint64_t number, uint32_t handle)
{
    uint32_t known = 0;
    if (!atomic_compare_exchange_strong(&handles[number], &known, handle + 1) && known != handle + 1)
        fail(EXIT_WRONG, "job %llu has the handles %u and %u", (unsigned long long)number, known - 1, handle);
}

static void take_step(uint64_t number, ledger_step step, const char *what)
{
    if (number >= ledger_submitted())
        fail(EXIT_WRONG, "job %llu was never submitted", (unsigned long long)number);
    if (atomic_fetch_or_explicit(&steps[number], (uint8_t)step, memory_order_relaxed) & step)
        fail(EXIT_WRONG, "job %llu was %s twice", (unsigned long long)number, what);
}

void ledger_created(uint64_t number, span handle)
{
    take_step(number, LEDGER_CREATED, "created");
    if (handle.length == 0)
        return;
    const uint32_t h = handle_number(handle);
    const uint64_t bit = UINT64_C(1) << h % 64;
    if (atomic_fetch_or_explicit(&given[h / 64], bit, memory_order_relaxed) & bit)
        fail(EXIT_WRONG, "the handle %.*s was given to two jobs", (int)handle.length,
             (const char *)handle.at);
    check_handle(number, h);
}

void ledger_assigned(uint64_t number, span handle)
{
    take_step(number, LEDGER_ASSIGNED, "given to workers");
    if (handle.length > 0)
        check_handle(number, handle_number(handle));
}

void ledger_answered(uint64_t number, span handle)
{
    take_step(number, LEDGER_ANSWERED, "answered");
    check_handle(number, handle_number(handle));
}

uint64_t ledger_first_missing(ledger_step step)
{
    const uint64_t count = ledger_submitted();
    for (uint64_t number = 0; number < count; number++)
        if (!(atomic_load_explicit(&steps[number], memory_order_relaxed) & step))
            return number;
    return count;
}
