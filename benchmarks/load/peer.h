/* What all peers do alike: connect, greet, listen, send, settle. */
#ifndef LOAD_PEER_H
#define LOAD_PEER_H

#include "run.h"

/* A new peer on the thread. */
peer *peer_new(thread *t, const peer_kind *kind, uint32_t index);
void peer_close(peer *p);

void peer_connect(peer *p);

/* Connect anew once the input at hand is read. */
void peer_reconnect(peer *p);

/* There is something in `out`; it is sent after the input at hand is read. */
void peer_touch(peer *p);

/* Have the server answer all it owes us: after that, anything that comes is an answer too many. */
void peer_settle(peer *p);

/* What the poller said of it. */
void peer_event(peer *p, uint32_t events);

/* Sends for all peers that were touched. */
void peers_send(thread *t);

/* "worker 3" is the culprit: ends the program. */
_Noreturn void peer_fail(const peer *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The answer makes no sense at this moment: ends the program. */
_Noreturn void peer_surprised(const peer *p, const answer *found);

#endif
