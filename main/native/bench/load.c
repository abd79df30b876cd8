/*
 * Program and baseline of load.bench.ts. Both keep to CLOCK_MONOTONIC: samples are taken when it is a multiple of their period.
 *
 *   load program MIB HZ apart     writes every 97th page in turn, 1 % of them in each period, all in the middle between two samples
 *   load program MIB HZ always    writes as many, spread over all of its time, and never waits: it is on a processor in each sample
 *   load sample PID HZ SECONDS PAGES
 *                                 gets and clears all memory of a process that is registered already, as an inspector does: with
 *                                 PAGES 0 in one call; else in calls of about as many mapped pages, without being preempted in one
 * where that is permitted, and with a pause after each for threads that wait for mmap_lock.
 *                                 Samples that it is too late for are left out. Prints JSON: the processor time of as many samples
 *                                 as were due in percent of a core, samples, pages a sample, the longest call in ms.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pagemap-scan.h"

#define PAGE 4096ul
#define REGIONS (1ul << 18)
#define USER_END 0x7ffffffff000ul
#define PAUSE_NS 60000

static double longest;

static void sleep_until(double ns)
{
	struct timespec t = { ns / 1e9, ns - (double)(uint64_t)(ns / 1e9) * 1e9 };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
}

static double next_multiple(double period)
{
	return ((double)(uint64_t)(now() / period) + 1) * period;
}

static void write_next(char *memory, size_t pages, size_t count)
{
	static size_t at;
	for (size_t i = 0; i < count; i++, at = (at + 97) % pages)
		memory[at * PAGE]++;
}

static void program(size_t mib, double hz, int always)
{
	size_t pages = mib << 8;
	char *memory = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, pages * PAGE, MADV_NOHUGEPAGE);
	memset(memory, 1, pages * PAGE);
	puts("ready");
	fflush(stdout);
	double period = 1e9 / hz;
	/* Spread over the time: every hundredth part of a period. */
	for (double due = next_multiple(period); always; due += period / 100) {
		while (now() < due)
			;
		write_next(memory, pages, pages / 10000);
	}
	for (double due = next_multiple(period) + period / 2;; due += period) {
		sleep_until(due);
		write_next(memory, pages, pages / 100);
	}
}

/* Pages found, negative where it fails. */
static long scan(uint64_t start, uint64_t end)
{
	double begin = now();
	long regions = scan_range(WP_MATCHING, start, end), found = 0;
	double took = now() - begin;
	longest = took > longest ? took : longest;
	for (long i = 0; i < regions; i++)
		found += (vec[i].end - vec[i].start) / PAGE;
	return regions < 0 ? regions : found;
}

static long scan_piece(uint64_t start, uint64_t end)
{
	struct sched_param realtime = { 1 }, none = { 0 };
	int permitted = sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &realtime) == 0;
	double begin = now();
	long found = scan(start, end);
	if (now() - begin > PAUSE_NS) {
		struct timespec pause = { 0, PAUSE_NS };
		nanosleep(&pause, 0);
	}
	if (permitted)
		sched_setscheduler(0, SCHED_OTHER, &none);
	return found;
}

/* All memory in calls of at most `pages` mapped pages. */
static long scan_pieces(const char *pid, uint64_t pages)
{
	char line[4096];
	snprintf(line, sizeof line, "/proc/%s/maps", pid);
	FILE *maps = fopen(line, "r");
	uint64_t from = 0, mapped = 0, start, end;
	long found = 0;
	while (maps && fgets(line, sizeof line, maps) && sscanf(line, "%lx-%lx", &start, &end) == 2 && start < USER_END) {
		for (; mapped + (end - start) > pages * PAGE; from = start, mapped = 0) {
			start += pages * PAGE - mapped;
			long more = scan_piece(from, start);
			if (more < 0)
				return more;
			found += more;
		}
		mapped += end - start;
	}
	if (maps)
		fclose(maps);
	long more = scan_piece(from, USER_END);
	return more < 0 ? more : found + more;
}

static double cpu_seconds(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int sample(const char *pid, double hz, double seconds, uint64_t pages)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%s/pagemap", pid);
	pagemap = open(path, O_RDONLY);
	vec_len = REGIONS;
	vec = malloc(REGIONS * sizeof *vec);
	memset(vec, 1, REGIONS * sizeof *vec);
	if (scan(0, 0) < 0)
		guard = 0;
	double period = 1e9 / hz;
	long count = 0, found = 0;
	/* A first call before the measurement clears what was written until then. */
	scan(0, USER_END);
	longest = 0;
	double due = next_multiple(period), end = due + seconds * 1e9 - period / 2, cpu = cpu_seconds();
	for (; due < end; count++, due = now() < due + period ? due + period : next_multiple(period)) {
		sleep_until(due);
		long more = pages ? scan_pieces(pid, pages) : scan(0, USER_END);
		if (more < 0) {
			perror("PAGEMAP_SCAN");
			return 1;
		}
		found += more;
	}
	printf("{\"load\":%.3f,\"samples\":%ld,\"pages\":%.0f,\"longest\":%.2f}\n", (cpu_seconds() - cpu) * hz / count * 100, count,
	       (double)found / count, longest / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "program"))
		program(strtoul(argv[2], 0, 10), atof(argv[3]), !strcmp(argv[4], "always"));
	if (argc == 6 && !strcmp(argv[1], "sample"))
		return sample(argv[2], atof(argv[3]), atof(argv[4]), strtoul(argv[5], 0, 10));
	fprintf(stderr, "usage: load program MIB HZ apart|always | load sample PID HZ SECONDS PAGES\n");
	return 2;
}
