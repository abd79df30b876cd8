/*
 * The baseline of native.bench.ts: the same scans without Node.
 *
 * `scan PAGES` works on memory of its own and answers lines:
 *
 *   prepare STEP   clears everything, then writes one page in STEP (0: none)
 *   write STEP     writes only
 *   get            one scan: nanoseconds per page
 *   clear          one scan that clears
 *   writes         what a write costs: tracked, untracked, with mprotect and SIGSEGV; ends the program
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pagemap-scan.h"

#define FEATURES (1 << 12 | 1 << 13 | 1 << 15)

static char *memory;
static size_t pages;

static long scan(int flags)
{
	return scan_range(flags, (uintptr_t)memory, (uintptr_t)memory + pages * 4096);
}

static void make_vec(void)
{
	vec_len = pages;
	vec = malloc(pages * sizeof *vec);
	memset(vec, 1, pages * sizeof *vec);
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

static double timed(int flags)
{
	double begin = now();
	scan(flags);
	return (now() - begin) / pages;
}

static double timed_writes(void)
{
	double begin = now();
	write_pages(1);
	return (now() - begin) / pages;
}

/* Cost for the tracked program: its first write to a page after a clear. */
static void print_writes(int uffd)
{
	scan(WP_MATCHING);
	double tracked = timed_writes();
	double untracked = timed_writes();
	close(uffd);
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigaction(SIGSEGV, &action, 0);
	/* Each page becomes a separate VMA: fewer than max_map_count. */
	pages = pages < 16384 ? pages : 16384;
	mprotect(memory, pages * 4096, PROT_READ);
	printf("{\"tracked\":%.1f,\"untracked\":%.1f,\"mprotect\":%.1f}\n", tracked, untracked, timed_writes());
}

int main(int argc, char **argv)
{
	pages = argc > 1 ? strtoul(argv[1], 0, 10) : 262144;
	memory = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, pages * 4096, MADV_NOHUGEPAGE);
	memset(memory, 1, pages * 4096);
	make_vec();
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
	setlinebuf(stdout);
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		size_t step = 0;
		if (sscanf(line, "prepare %zu", &step) == 1) {
			scan(WP_MATCHING);
			write_pages(step);
			printf("0\n");
		} else if (sscanf(line, "write %zu", &step) == 1) {
			write_pages(step);
			printf("0\n");
		} else if (!strcmp(line, "get\n")) {
			printf("%.3f\n", timed(0));
		} else if (!strcmp(line, "clear\n")) {
			printf("%.3f\n", timed(WP_MATCHING));
		} else {
			print_writes(uffd);
			return 0;
		}
	}
	return 0;
}
