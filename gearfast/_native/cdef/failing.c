/* Allocation failures on demand, and a count of what is allocated. The module is linked with --wrap, so every
 * malloc, calloc, realloc and free of csrc comes through here; the counters are a thread's own, so only the
 * test that asked sees failures. */
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);

void __real_free(void *);

static _Thread_local unsigned allocations_before_failure, failures_left;
static _Thread_local int64_t live_allocations;

static void gf_test_fail_allocations(unsigned after, unsigned times)
{
    allocations_before_failure = after;
    failures_left = times;
}

static bool fails_now(void)
{
    if (!failures_left)
        return false;
    if (allocations_before_failure) {
        allocations_before_failure--;
        return false;
    }
    failures_left--;
    return true;
}

static void *counted(void *memory)
{
    live_allocations += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (fails_now())
        return NULL;
    return memory ? __real_realloc(memory, size) : counted(__real_malloc(size));
}

void __wrap_free(void *memory)
{
    live_allocations -= memory != NULL;
    __real_free(memory);
}

static int64_t gf_test_live_allocations(void)
{
    return live_allocations;
}
