/*
 * The programs that harm.bench.ts tracks. `harm KIND ARGUMENTS` prepares itself, prints a line, and answers each line on
 * its standard input with one line of JSON, so that the same program is measured before, during and after tracking.
 *
 *   harm stall MIB VMAS   `run SECONDS`: a loop at 1 kHz writes one page and maps and unmaps another: the time that these
 *                         take, in microseconds: median, p99 and longest of mmap + munmap, longest write
 *   harm heap VMAS        `run STEPS`: the heap grows a page at a time; failed calls and lines of [heap]
 *   harm sparse MEMFDS    `run 0`: each memfd of 1 GiB has one page in use; the kernel's VmPTE in KiB
 *   harm huge MIB         `run SECONDS`: random reads and writes; million operations a second of processor time,
 *                         AnonHugePages in MiB
 *   harm dict PAGES       `run ROUNDS`: writes every page repeatedly, with some computation in between; processor time
 *   harm calls            `run ROUNDS`: mmap, grow beside it, mremap of both; failed calls
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double now_us(void)
{
	return seconds(CLOCK_MONOTONIC) * 1e6;
}

static char *anonymous(size_t bytes, int protection)
{
	char *memory = mmap(0, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

static void touch(char *memory, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += PAGE)
		memory[at] = 1;
}

/* Mappings that do not merge: every second page has another protection. */
static void many_vmas(size_t count)
{
	if (count == 0)
		return;
	char *memory = anonymous(count * PAGE, PROT_READ | PROT_WRITE);
	for (size_t i = 0; i < count; i += 2) {
		memory[i * PAGE] = 1;
		if (mprotect(memory + i * PAGE, PAGE, PROT_READ)) {
			perror("mprotect");
			exit(1);
		}
	}
}

/* The number behind `name` in a file of /proc/self, in its own unit. */
static long number_in(const char *path, const char *name)
{
	char line[512];
	long value = 0;
	FILE *file = fopen(path, "r");
	size_t length = strlen(name);
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, name, length))
			value = strtol(line + length, 0, 10);
	if (file)
		fclose(file);
	return value;
}

/* Lines of maps, all or those that name `what`. */
static int lines_of_maps(const char *what)
{
	char line[512];
	int count = 0;
	FILE *file = fopen("/proc/self/maps", "r");
	while (file && fgets(line, sizeof line, file))
		count += !what || strstr(line, what) != 0;
	if (file)
		fclose(file);
	return count;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static char *written;
#define WRITTEN_PAGES 1000ul

static void stall(double duration)
{
	size_t rounds = duration * 1000;
	double *times = malloc(rounds * sizeof *times), longest = 0, late = 0;
	memset(times, 0, rounds * sizeof *times);
	double due = now_us();
	for (size_t i = 0; i < rounds; i++) {
		due += 1000;
		double left = due - now_us();
		if (left > 0)
			usleep(left);
		double begin = now_us();
		if (begin - due > late)
			late = begin - due;
		written[i % WRITTEN_PAGES * PAGE]++;
		double middle = now_us();
		char *page = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(page, PAGE);
		times[i] = now_us() - middle;
		if (middle - begin > longest)
			longest = middle - begin;
		if (now_us() > due + 5000)
			due = now_us();
	}
	qsort(times, rounds, sizeof *times, ascending);
	printf("{\"median\":%.0f,\"p99\":%.0f,\"longest\":%.0f,\"write\":%.0f,\"late\":%.0f}\n", times[rounds / 2],
	       times[rounds * 99 / 100], times[rounds - 1], longest, late);
	free(times);
}

static void heap(double steps)
{
	int failed = 0;
	for (int i = 0; i < steps; i++) {
		char *page = sbrk(PAGE);
		if (page == (char *)-1)
			failed++;
		else
			*page = 1;
		usleep(2000);
	}
	printf("{\"failed\":%d,\"heap\":%d,\"lines\":%d}\n", failed, lines_of_maps("[heap]"), lines_of_maps(0));
}

static void sparse(double unused)
{
	(void)unused;
	printf("{\"vmPteKib\":%ld}\n", number_in("/proc/self/status", "VmPTE:"));
}

static char *area;
static size_t area_bytes;
static uint64_t chance = 88172645463325252ull;

static uint64_t next(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	return chance ^= chance << 17;
}

static void huge(double duration)
{
	double begin = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), operations = 0;
	while (seconds(CLOCK_MONOTONIC) - begin < duration) {
		for (int i = 0; i < 10000; i++) {
			size_t at = next() % area_bytes;
			if (i % 10 == 0)
				area[at]++;
			else if (area[at] == 123)
				chance++;
		}
		operations += 10000;
	}
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("{\"operations\":%.3f,\"hugeMib\":%ld}\n", operations / cpu / 1e6,
	       number_in("/proc/self/smaps_rollup", "AnonHugePages:") >> 10);
}

static void dict(double rounds)
{
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
	for (int round = 0; round < rounds; round++)
		for (size_t at = 0; at < area_bytes; at += PAGE) {
			uint64_t sum = 0;
			for (int i = 0; i < 60; i++)
				sum += next();
			*(volatile uint64_t *)(area + at) += sum;
		}
	printf("{\"cpu\":%.4f,\"wall\":%.4f}\n", seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall);
}

static void calls(double rounds)
{
	int failed = 0, done = 0;
	char *from = anonymous(64ul << 20, PROT_NONE), *to = anonymous(64ul << 20, PROT_NONE);
	const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	for (; done < rounds; done++) {
		char *at = from + done % 100 * (64 * PAGE), *target = to + done % 100 * (64 * PAGE);
		mmap(at, 16 * PAGE, PROT_READ | PROT_WRITE, fixed, -1, 0);
		*at = 1;
		usleep(next() % 300000);
		mmap(at + 16 * PAGE, 16 * PAGE, PROT_READ | PROT_WRITE, fixed, -1, 0);
		failed += mremap(at, 32 * PAGE, 32 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) == MAP_FAILED;
		munmap(at, 32 * PAGE);
		munmap(target, 32 * PAGE);
	}
	printf("{\"failed\":%d,\"calls\":%d}\n", failed, done);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	size_t first = argc > 2 ? strtoul(argv[2], 0, 10) : 0, second = argc > 3 ? strtoul(argv[3], 0, 10) : 0;
	void (*run)(double) = 0;
	if (!strcmp(kind, "stall")) {
		many_vmas(second);
		if (first)
			touch(anonymous(first << 20, PROT_READ | PROT_WRITE), first << 20);
		written = anonymous(WRITTEN_PAGES * PAGE, PROT_READ | PROT_WRITE);
		touch(written, WRITTEN_PAGES * PAGE);
		run = stall;
	} else if (!strcmp(kind, "heap")) {
		many_vmas(first);
		run = heap;
	} else if (!strcmp(kind, "sparse")) {
		for (size_t i = 0; i < first; i++) {
			int fd = memfd_create("sparse", 0);
			if (ftruncate(fd, 1l << 30))
				return 1;
			char *memory = mmap(0, 1ul << 30, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			if (memory == MAP_FAILED)
				return 1;
			memory[i * PAGE] = 1;
		}
		run = sparse;
	} else if (!strcmp(kind, "huge")) {
		const size_t unit = 2ul << 20;
		area_bytes = first << 20;
		area = anonymous(area_bytes + unit, PROT_READ | PROT_WRITE);
		area = (char *)(((uintptr_t)area + unit - 1) & ~(unit - 1));
		madvise(area, area_bytes, MADV_HUGEPAGE);
		touch(area, area_bytes);
		run = huge;
	} else if (!strcmp(kind, "dict")) {
		area_bytes = first * PAGE;
		area = anonymous(area_bytes, PROT_READ | PROT_WRITE);
		madvise(area, area_bytes, MADV_NOHUGEPAGE);
		touch(area, area_bytes);
		run = dict;
	} else if (!strcmp(kind, "calls")) {
		run = calls;
	} else {
		return 2;
	}
	setlinebuf(stdout);
	printf("{\"ready\":true}\n");
	char line[64];
	double argument;
	while (fgets(line, sizeof line, stdin))
		if (sscanf(line, "run %lf", &argument) == 1)
			run(argument);
	return 0;
}
