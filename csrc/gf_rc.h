/* Return codes of every csrc function that can fail: zero or positive is success, negative is one of these.
 */
#ifndef GF_RC_H
#define GF_RC_H

enum gf_rc {
    GF_OK = 0,
    GF_AGAIN = -1,  /* incomplete, or would block */
    GF_NOMEM = -2,  /* out of memory; nothing was changed */
    GF_EPROTO = -3, /* the peer broke the protocol */
    GF_ESYS = -4,   /* a system call failed; see errno */
    GF_FULL = -5,   /* a limit is reached */
};

#define GF_MUST_CHECK __attribute__((warn_unused_result))

/* Data written by two threads is kept at least this far apart, by explicit padding: unlike alignas that holds
 * for structs from plain malloc, too. */
#define GF_CACHE_LINE 64

#endif
