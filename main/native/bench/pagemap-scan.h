/* PAGEMAP_SCAN for the programs in C. Own definitions: the headers may be older than the kernel. */
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, anyof, ret;
};
struct region {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan_arg)
#define WP_MATCHING 1
enum { WPALLOWED = 1, WRITTEN = 2, PRESENT = 8, SWAPPED = 16, PFNZERO = 32, HUGE = 64, GUARD = 256 };

static int pagemap;
static struct region *vec;
static uint64_t vec_len;
/* 0 where the kernel does not know it. */
static uint64_t guard = GUARD;

/* CLOCK_MONOTONIC in nanoseconds. */
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The written pages of private anonymous memory: regions found, or -1. */
static long scan_range(int flags, uint64_t start, uint64_t end)
{
	struct scan_arg arg = {
		.size = sizeof arg,
		.flags = flags,
		.start = start,
		.end = end,
		.vec = (uintptr_t)vec,
		.vec_len = vec_len,
		.inverted = PFNZERO | guard,
		.mask = WPALLOWED | WRITTEN | PFNZERO | guard,
		.anyof = PRESENT | SWAPPED,
		.ret = WRITTEN | HUGE,
	};
	return ioctl(pagemap, SCAN, &arg);
}
