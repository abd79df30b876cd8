/*
 * Measures its own writes. Prints the address of its pages; answers `each N`: writes each of PAGES pages N times, 20 ms apart, and prints the
 * median and the 99th percentile of one write in nanoseconds, of those that took longer than a microsecond if any did; `loop S`: writes all pages
 * over and over for S seconds and prints how many million writes that were; `word N`: writes the first word N times.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L
#define PAGES 64L

static volatile char *memory;
static long times[PAGES * 10000];

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;
	return x < y ? -1 : x > y;
}

__attribute__((noinline)) static void write_page(long i) { memory[i * PAGE] = (char)i; }

int main(void)
{
	memory = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset((void *)memory, 0, PAGES * PAGE);
	printf("%p\n", (void *)memory);
	fflush(stdout);
	char line[64];
	long n;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "each %ld", &n) == 1) {
			long count = 0, slow = 0;
			for (long round = 0; round < n && round < 10000; round++) {
				usleep(20000);
				for (long i = 0; i < PAGES; i++) {
					long begin = now();
					write_page(i);
					times[count++] = now() - begin;
				}
			}
			qsort(times, (size_t)count, sizeof *times, ascending);
			while (slow < count && times[slow] < 1000)
				slow++;
			if (slow == count)
				slow = 0;
			long events = count - slow;
			printf("%ld %ld %ld\n", times[slow + events / 2], times[slow + events * 99 / 100], events);
		} else if (sscanf(line, "loop %ld", &n) == 1) {
			long writes = 0, end = now() + n * 1000000000L;
			while (now() < end)
				for (long k = 0; k < 100; k++, writes += PAGES)
					for (long i = 0; i < PAGES; i++)
						write_page(i);
			printf("%f\n", (double)writes / 1e6);
		} else if (sscanf(line, "word %ld", &n) == 1) {
			for (long i = 0; i < n; i++)
				*(volatile long *)memory = i;
			printf("done\n");
		}
		fflush(stdout);
	}
	return 0;
}
