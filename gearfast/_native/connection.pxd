"""An I/O thread and its connections: the structs that input, output and io share.

All fields belong to the I/O thread unless a group says otherwise.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from gearfast._native.c_base cimport gf_counter, gf_seed
from gearfast._native.c_block cimport gf_block, gf_pool
from gearfast._native.c_thread cimport gf_bell, gf_lane, gf_log, gf_poller
from gearfast._native.packet cimport packet_head


cdef enum:
    SCRATCH_SIZE = 131072  # one receive of the I/O thread
    SLOT_CHUNK = 64  # connections allocated at a time
    INPUT_END = 1  # nothing more comes, but answers are to be sent
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
    uint32_t interest  # what the poller watches for; 0: it does not know the descriptor
    bint is_dirty
    bint failed  # memory was out in the middle of a message: it can't go on
    bint at_end  # nothing more is to be read
    bint is_held_back  # the processing thread wants no more of it for now
    connection *next_dirty
    connection *next_free
    # input
    gf_block *carry  # the beginning of a header or of a text line
    uint32_t carry_size
    packet_head head  # of the packet whose body is being received
    gf_block *body
    uint32_t body_have
    uint64_t skip  # bytes of a refused body still to come
    # output
    segment *first
    segment *last
    uint64_t pending


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
    gf_poller *poller
    gf_bell *bell
    gf_bell *processing_bell
    gf_counter *open_connections  # of the whole server; written by several threads
    # lanes: arrivals from the listener, events to and effects from the processing thread
    gf_lane arrivals
    gf_lane events
    gf_lane effects
    # owned
    gf_pool *pool
    gf_log log
    uint8_t *scratch
    connection **chunks
    uint32_t chunk_count
    connection *free
    connection *dirty
    uint64_t handed_over  # bytes in events
    gf_counter taken  # of those; written by the processing thread
    # counters: written here, read by anybody
    gf_counter packets_in
    gf_counter packets_out
    gf_counter bytes_in
    gf_counter bytes_out
