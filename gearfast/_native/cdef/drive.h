/* Hot loops in C, for tests and benchmarks. Each returns the number of things it found wrong: 0 is good.
 * threads.c: two or more threads; loops.c: one. */
uint64_t gf_drive_ring(uint32_t capacity, uint32_t batch, uint64_t count, bool with_bell);
uint64_t gf_drive_lane(uint32_t capacity, uint32_t burst, uint64_t count);
uint64_t gf_drive_blocks(uint32_t droppers, uint32_t size, uint64_t count);

uint64_t gf_drive_ring_loop(uint32_t batch, uint64_t count);
uint64_t gf_drive_block_loop(uint32_t size, uint32_t held, uint64_t count);
uint64_t gf_drive_table_loop(uint32_t nodes, uint32_t stride);
uint64_t gf_drive_table_churn(uint32_t nodes, uint64_t steps, uint64_t seed);
uint64_t gf_drive_timer_loop(uint32_t armed, uint64_t count);
