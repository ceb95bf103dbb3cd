"""An I/O thread and its connections: the structs that input, output and io share.

All fields belong to the I/O thread unless a group says otherwise.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from gearfast._native.c_base cimport gf_counter, gf_seed
from gearfast._native.c_block cimport gf_block, gf_pool
from gearfast._native.c_thread cimport gf_bell, gf_lane, gf_log, gf_poller
from gearfast._native.packet cimport packet_head


cdef enum:
    SCRATCH_SIZE = 131072  # one receive of the I/O thread
    SLOT_CHUNK = 64  # connections allocated at a time
    INPUT_END = 1  # nothing more comes, but answers are to be sent
    INPUT_DRAINED = 2  # nothing more has come yet
    ADDRESS_SIZE = 64


cdef enum connection_state:
    CONNECTION_FREE
    CONNECTION_OPEN
    CONNECTION_LEAVING  # the processing thread hears nothing more of it, but may still answer
    CONNECTION_FLUSHING  # the processing thread has forgotten it; what it said is still to be sent


cdef struct segment:
    segment *next
    gf_block *block  # holds the bytes; NULL: they follow this struct
    uint8_t *at
    uint32_t length
    uint32_t room  # bytes free behind the last one; 0 for bytes of a block


cdef struct connection:
    uint32_t slot
    uint32_t generation
    connection_state state
    int fd  # -1: closed
    bint is_dirty  # listed to be sent to
    bint is_queued  # listed to be read
    bint failed  # memory was out in the middle of a message: it can't go on
    bint at_end  # nothing more is to be read
    bint is_held_back  # the processing thread wants no more of it for now
    connection *next_dirty
    connection *next_reader
    connection *next_free
    # input
    bint is_bulk  # its last receive brought much, or it has not sent anything yet
    bint is_large  # and a large packet with it
    bint is_paused  # it is held back or does not take its answers, so nothing is read from it
    bint insists  # the poller said more than that there is something: it must be read to the end
    gf_block *carry  # the beginning of a header or of a text line
    uint32_t carry_size
    packet_head head  # of the packet whose body is being received
    gf_block *body
    uint32_t body_have
    uint64_t skip  # bytes of a refused body still to come
    connection *previous_unfinished
    connection *next_unfinished
    int64_t unfinished_since  # ms; 0: what it sent is complete
    uint64_t input_held  # of what is not complete: as counted in the thread's
    uint64_t bulk_mark  # what the bulk way had handed over with its last event of this connection
    # output
    bint is_blocked  # the poller tells when the peer takes more
    segment *first
    segment *last
    uint64_t pending


cdef struct reader_queue:
    connection *first
    connection *last


cdef struct event_way:
    gf_lane lane
    uint64_t handed_over  # weight of its events; written by the I/O thread
    gf_counter taken  # of that; written by the processing thread


cdef struct arrival:
    int fd
    uint32_t address_size
    char address[ADDRESS_SIZE]


cdef struct io_thread:
    # immutable after start
    uint32_t number
    uint32_t stride  # number of I/O threads: slot = index * stride + number
    gf_seed seed
    const char *prefix  # of job handles
    uint32_t prefix_size
    uint32_t max_packet
    uint64_t max_output
    uint64_t memory_share  # bytes of output over which slow readers are paused early; 0: none
    int64_t packet_timeout  # ms; 0: none
    gf_poller *poller
    gf_bell *bell
    gf_bell *processing_bell
    gf_counter *open_connections  # of the whole server; written by several threads
    # from the listener, to the processing thread, from the processing thread
    gf_lane arrivals
    event_way small
    event_way bulk
    gf_lane effects
    # owned
    gf_pool *pool
    gf_log log
    uint8_t *scratch
    connection **chunks
    uint32_t chunk_count
    connection *free
    connection *dirty
    reader_queue light_readers
    reader_queue bulk_readers
    uint32_t light_in_a_row  # read since a bulk one was
    connection *first_unfinished  # the longest unfinished
    connection *last_unfinished
    # counters: written here, read by anybody
    gf_counter packets_in
    gf_counter packets_out
    gf_counter bytes_in
    gf_counter bytes_out
    gf_counter input  # bytes of what is not complete
    gf_counter output  # bytes that wait to be sent
    gf_counter unfinished
    gf_counter closed_unfinished
    gf_counter closed_output
