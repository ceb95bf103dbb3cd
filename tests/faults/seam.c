/* Between the native modules and the system: whatever the plan says fails. Compiled only with
 * GEARFAST_FAULTS=1, and linked with --wrap (`wraps`), so the code under test is the code of every other
 * build.
 *
 * Only what the system may do is done. So a descriptor that is said to have nothing now, or less than it has,
 * is told of again by its edge-triggered poller, as if the rest had come a moment later. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "gf_bell.h"
#include "gf_lane.h"
#include "seam.h"

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void __real_free(void *);
char *__real_strdup(const char *);
void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_munmap(void *, size_t);
ssize_t __real_recv(int, void *, size_t, int);
ssize_t __real_readv(int, const struct iovec *, int);
ssize_t __real_send(int, const void *, size_t, int);
ssize_t __real_sendmsg(int, const struct msghdr *, int);
int __real_accept4(int, struct sockaddr *, socklen_t *, int);
int __real_epoll_wait(int, struct epoll_event *, int, int);
int __real_epoll_ctl(int, int, int, struct epoll_event *);
int __real_epoll_create1(int);
int __real_eventfd(unsigned, int);
int __real_poll(struct pollfd *, nfds_t, int);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __real_clock_gettime(clockid_t, struct timespec *);
void __real_gf_bell_ring(gf_bell *);
bool __real_gf_lane_flush(gf_lane *);

/* --- the plan --- */

/* Without a plan nothing fails. */
static fault_plan no_plan;
static fault_plan *plan = &no_plan;

/* Before any thread is there. */
__attribute__((constructor)) static void find_plan(void)
{
    const char *name = getenv("GEARFAST_FAULT_PLAN");
    const int fd = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *shared = __real_mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared == MAP_FAILED)
        return;
    plan = shared;
    atomic_fetch_add(&plan->modules, 1);
}

bool fault_strikes(fault_point point)
{
    fault_rule *rule = &plan->rules[point];
    const uint32_t every = atomic_load(&rule->every);
    if (every == 0)
        return false;
    const uint64_t call = atomic_fetch_add(&rule->calls, 1), first = atomic_load(&rule->first);
    if (call < first || (call - first) % every != 0)
        return false;
    if (atomic_fetch_add(&rule->done, 1) < atomic_load(&rule->most))
        return true;
    atomic_fetch_sub(&rule->done, 1);
    return false;
}

int fault_how(fault_point point)
{
    return atomic_load(&plan->rules[point].how);
}

static int fail(fault_point point)
{
    errno = fault_how(point);
    return -1;
}

/* --- memory --- */

static void *counted(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add(&plan->allocated, 1);
    return memory;
}

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

void *__wrap_malloc(size_t size)
{
    return fault_strikes(FAULT_ALLOC) ? no_memory() : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fault_strikes(FAULT_ALLOC) ? no_memory() : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (fault_strikes(FAULT_ALLOC))
        return no_memory();
    return memory == NULL ? counted(__real_malloc(size)) : __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub(&plan->allocated, 1);
    __real_free(memory);
}

char *__wrap_strdup(const char *text)
{
    return fault_strikes(FAULT_ALLOC) ? no_memory() : counted(__real_strdup(text));
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fault_strikes(FAULT_ALLOC)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    void *memory = __real_mmap(at, size, protection, flags, fd, offset);
    if (memory != MAP_FAILED)
        atomic_fetch_add(&plan->allocated, 1);
    return memory;
}

int __wrap_munmap(void *memory, size_t size)
{
    atomic_fetch_sub(&plan->allocated, 1);
    return __real_munmap(memory, size);
}

/* --- connections --- */

/* The poller looks again, and tells if there is something. */
static void tell_again(int fd)
{
    if (fd < 0 || fd >= FAULT_WATCHES)
        return;
    const fault_watch *watch = &plan->watches[fd];
    struct epoll_event event = {.events = atomic_load(&watch->events), .data.u64 = atomic_load(&watch->tag)};
    const int before = errno;
    (void)__real_epoll_ctl(atomic_load(&watch->poller), EPOLL_CTL_MOD, fd, &event);
    errno = before;
}

static ssize_t fail_on(int fd, fault_point point)
{
    if (fault_how(point) == EAGAIN)
        tell_again(fd);
    return fail(point);
}

static bool is_cut(fault_point point)
{
    return fault_how(point) == FAULT_SHORT;
}

ssize_t __wrap_recv(int fd, void *into, size_t size, int flags)
{
    if (!fault_strikes(FAULT_RECEIVE))
        return __real_recv(fd, into, size, flags);
    if (!is_cut(FAULT_RECEIVE))
        return fail_on(fd, FAULT_RECEIVE);
    const ssize_t received = __real_recv(fd, into, size > 0, flags);
    tell_again(fd);
    return received;
}

ssize_t __wrap_readv(int fd, const struct iovec *into, int count)
{
    if (!fault_strikes(FAULT_RECEIVE))
        return __real_readv(fd, into, count);
    if (!is_cut(FAULT_RECEIVE))
        return fail_on(fd, FAULT_RECEIVE);
    const ssize_t received = __real_recv(fd, into->iov_base, into->iov_len > 0, 0);
    tell_again(fd);
    return received;
}

ssize_t __wrap_send(int fd, const void *from, size_t size, int flags)
{
    if (!fault_strikes(FAULT_SEND))
        return __real_send(fd, from, size, flags);
    if (!is_cut(FAULT_SEND))
        return fail_on(fd, FAULT_SEND);
    const ssize_t sent = __real_send(fd, from, size > 0, flags);
    tell_again(fd);
    return sent;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!fault_strikes(FAULT_SEND))
        return __real_sendmsg(fd, message, flags);
    if (!is_cut(FAULT_SEND))
        return fail_on(fd, FAULT_SEND);
    const ssize_t sent = __real_send(fd, message->msg_iov->iov_base, message->msg_iov->iov_len > 0, flags);
    tell_again(fd);
    return sent;
}

int __wrap_accept4(int listener, struct sockaddr *from, socklen_t *size, int flags)
{
    return fault_strikes(FAULT_ACCEPT) ? fail(FAULT_ACCEPT) : __real_accept4(listener, from, size, flags);
}

/* --- pollers, threads --- */

static void be_late(void)
{
    if (!fault_strikes(FAULT_HAND_OVER))
        return;
    static _Thread_local unsigned seed = 1;
    struct timespec pause = {.tv_nsec = 1000L * (rand_r(&seed) % fault_how(FAULT_HAND_OVER))};
    nanosleep(&pause, NULL);
}

int __wrap_epoll_wait(int poller, struct epoll_event *events, int most, int timeout)
{
    be_late();
    const bool struck = fault_strikes(FAULT_WAIT);
    if (struck && !is_cut(FAULT_WAIT))
        return fail(FAULT_WAIT);
    const int ready = __real_epoll_wait(poller, events, struck ? 1 : most, timeout);
    be_late();
    return ready;
}

int __wrap_epoll_ctl(int poller, int operation, int fd, struct epoll_event *event)
{
    if (operation != EPOLL_CTL_DEL && fault_strikes(FAULT_WATCH))
        return fail(FAULT_WATCH);
    if (operation != EPOLL_CTL_DEL && fd < FAULT_WATCHES) {
        fault_watch *watch = &plan->watches[fd];
        atomic_store(&watch->poller, poller);
        atomic_store(&watch->events, event->events);
        atomic_store(&watch->tag, event->data.u64);
    }
    return __real_epoll_ctl(poller, operation, fd, event);
}

int __wrap_epoll_create1(int flags)
{
    return fault_strikes(FAULT_DESCRIPTOR) ? fail(FAULT_DESCRIPTOR) : __real_epoll_create1(flags);
}

int __wrap_eventfd(unsigned count, int flags)
{
    return fault_strikes(FAULT_DESCRIPTOR) ? fail(FAULT_DESCRIPTOR) : __real_eventfd(count, flags);
}

int __wrap_poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
    be_late();
    return fault_strikes(FAULT_WAIT) && !is_cut(FAULT_WAIT) ? fail(FAULT_WAIT)
                                                            : __real_poll(descriptors, count, timeout);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *how_made, void *(*run)(void *), void *of)
{
    return fault_strikes(FAULT_THREAD) ? EAGAIN : __real_pthread_create(thread, how_made, run, of);
}

void __wrap_gf_bell_ring(gf_bell *bell)
{
    be_late();
    __real_gf_bell_ring(bell);
}

bool __wrap_gf_lane_flush(gf_lane *lane)
{
    be_late();
    const bool flushed = __real_gf_lane_flush(lane);
    be_late();
    return flushed;
}

/* --- clocks --- */

enum { NS_A_MS = 1000 * 1000, MS_A_SECOND = 1000 };

static void add_skew(struct timespec *time, int64_t skew)
{
    const int64_t ms = time->tv_sec * MS_A_SECOND + time->tv_nsec / NS_A_MS + skew;
    time->tv_nsec = (ms % MS_A_SECOND) * NS_A_MS + time->tv_nsec % NS_A_MS;
    time->tv_sec = ms / MS_A_SECOND;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    const bool is_wall = clock == CLOCK_REALTIME;
    const fault_point point = is_wall ? FAULT_WALL : FAULT_MONOTONIC;
    const int result = __real_clock_gettime(clock, out);
    if (result == 0 && (is_wall || clock == CLOCK_MONOTONIC)) {
        if (fault_strikes(point))
            atomic_fetch_add(&plan->skew[is_wall], fault_how(point));
        add_skew(out, atomic_load(&plan->skew[is_wall]));
    }
    return result;
}
