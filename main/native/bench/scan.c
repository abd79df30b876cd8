/*
 * The baseline of native.bench.ts: the same scans without Node, on memory of its own.
 * scan PAGES ROUNDS: prints one JSON line a density, and the cost of a program's first write to a page.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Own definitions: the headers may be older than the kernel. */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, anyof, ret;
};
struct region {
	uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan_arg)
#define WP_MATCHING 1
#define FEATURES (1 << 12 | 1 << 13 | 1 << 15)
enum { WPALLOWED = 1, WRITTEN = 2, FILE_PAGE = 4, PRESENT = 8, SWAPPED = 16, PFNZERO = 32, GUARD = 256 };

static char *memory;
static size_t pages;
static struct region *vec;
static int pagemap;
static uint64_t guard = GUARD;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The best: what else the machine does only adds. */
static double best(double *times, int n)
{
	double least = times[0];
	for (int i = 1; i < n; i++)
		if (times[i] < least)
			least = times[i];
	return least;
}

static long scan(int flags)
{
	struct scan_arg arg = {
		.size = sizeof arg,
		.flags = flags,
		.start = (uintptr_t)memory,
		.end = (uintptr_t)memory + pages * 4096,
		.vec = (uintptr_t)vec,
		.vec_len = pages,
		.inverted = FILE_PAGE | PFNZERO | guard,
		.mask = WPALLOWED | WRITTEN | FILE_PAGE | PFNZERO | guard,
		.anyof = PRESENT | SWAPPED,
		.ret = WRITTEN,
	};
	return ioctl(pagemap, SCAN, &arg);
}

/* One page in `step`; 0 for none. */
static void write_pages(size_t step)
{
	for (size_t i = 0; step && i < pages; i += step)
		memory[i * 4096]++;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096, PROT_READ | PROT_WRITE);
}

int main(int argc, char **argv)
{
	pages = argc > 1 ? strtoul(argv[1], 0, 10) : 262144;
	int rounds = argc > 2 ? atoi(argv[2]) : 9;
	double *times = calloc(rounds, sizeof *times);
	memory = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, pages * 4096, MADV_NOHUGEPAGE);
	memset(memory, 1, pages * 4096);
	vec = calloc(pages, sizeof *vec);
	memset(vec, 1, pages * sizeof *vec);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0)
		uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	struct uffdio_api api = { .api = UFFD_API, .features = FEATURES };
	struct uffdio_register reg = { .range = { (uintptr_t)memory, pages * 4096 }, .mode = 2 };
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg)) {
		perror("userfaultfd");
		return 1;
	}
	if (scan(0) < 0)
		guard = 0;
	static const struct {
		int percent, step;
	} densities[] = { { 0, 0 }, { 1, 100 }, { 50, 2 }, { 100, 1 } };
	for (int d = 0; d < 4; d++) {
		scan(WP_MATCHING);
		write_pages(densities[d].step);
		for (int r = 0; r < rounds; r++) {
			double begin = now();
			scan(0);
			times[r] = now() - begin;
		}
		double get = best(times, rounds) / pages;
		for (int r = 0; r < rounds; r++) {
			write_pages(densities[d].step);
			double begin = now();
			scan(WP_MATCHING);
			times[r] = now() - begin;
		}
		printf("{\"percent\":%d,\"get\":%.3f,\"getAndClear\":%.3f}\n", densities[d].percent, get,
		       best(times, rounds) / pages);
	}
	/* What the watched program pays: its first write to a page after a clear. */
	scan(WP_MATCHING);
	double begin = now();
	write_pages(1);
	double tracked = (now() - begin) / pages;
	begin = now();
	write_pages(1);
	double untracked = (now() - begin) / pages;
	close(uffd);
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigaction(SIGSEGV, &action, 0);
	/* Each page becomes a VMA of its own: as many as max_map_count allows, with room. */
	pages = pages < 16384 ? pages : 16384;
	mprotect(memory, pages * 4096, PROT_READ);
	begin = now();
	write_pages(1);
	double signal_cost = (now() - begin) / pages;
	printf("{\"tracked\":%.1f,\"untracked\":%.1f,\"mprotect\":%.1f}\n", tracked, untracked, signal_cost);
	return 0;
}
