/* SPDX-License-Identifier: Apache-2.0
 * The simulation's only source of chance: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, 2014). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random) {
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline unsigned random_below(struct random *random, unsigned n) {
    return n ? (unsigned)((random_next(random) >> 32) * n >> 32) : 0;
}
static inline int64_t random_between(struct random *random, int64_t least, int64_t most) {
    return least + (int64_t)random_below(random, (unsigned)(most - least + 1));
}
static inline bool random_percent(struct random *random, unsigned percent) {
    return random_below(random, 100) < percent;
}
