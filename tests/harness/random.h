/* Random numbers that a seed repeats. */
#ifndef SKEP_TESTS_HARNESS_RANDOM_H
#define SKEP_TESTS_HARNESS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* From 0 to limit - 1; 0 when limit is 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	uint64_t n = random_next(state);

	return limit ? n % limit : 0;
}

/* True once in n times. */
static inline bool random_once_in(uint64_t *state, unsigned n)
{
	return random_below(state, n) == 0;
}

#endif
