/* The generator's only way out when something is wrong: one line on stderr and an exit code that says what.
 */
#ifndef LOAD_FAIL_H
#define LOAD_FAIL_H

enum {
    EXIT_WRONG = 1,  /* the server gave a wrong answer, one too many, or hung up */
    EXIT_USAGE = 2,  /* the command line makes no sense */
    EXIT_LATE = 3,   /* answers are missing at the deadline */
    EXIT_SYSTEM = 4, /* a call to the system failed */
};

/* Any thread may call it. */
_Noreturn void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A failed call to the system; errno says why. */
_Noreturn void fail_system(const char *what);

#endif
