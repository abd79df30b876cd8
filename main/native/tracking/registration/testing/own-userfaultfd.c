/*
 * Tracks its own pages with its own asynchronous userfaultfd, as Wine's write watches do. Each line on standard input is a
 * number of rounds: in each one page is written and found by its own scan. Answers "MISSED EXTRA". "start" begins tracking.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/userfaultfd.h>

#define PAGE 4096ul
#define PAGES 64

struct region {
	uint64_t start, end, categories;
};
struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, any_of, returned;
};

static struct region found[PAGES];
static int pagemap;

static int get_and_clear(char *memory)
{
	struct scan scan = {sizeof scan, 3, (uintptr_t)memory, (uintptr_t)memory + PAGES * PAGE, 0,
			    (uintptr_t)found, PAGES, 0, 0, 2, 0, 2};
	int count = ioctl(pagemap, _IOWR('f', 16, struct scan), &scan);
	if (count < 0) {
		perror("PAGEMAP_SCAN");
		exit(3);
	}
	return count;
}

static char *map(void)
{
	char *room = mmap(0, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mmap(room + PAGE, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void start(char *memory)
{
	memset(memory, 1, PAGES * PAGE);
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1);
	struct uffdio_api api = {UFFD_API, (1 << 15) | (1 << 13), 0};
	struct uffdio_register range = {{(uintptr_t)memory, PAGES * PAGE}, UFFDIO_REGISTER_MODE_WP, 0};
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &range)) {
		perror("userfaultfd");
		exit(2);
	}
	get_and_clear(memory);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, 0, _IOLBF, 0);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	char *memory = map();
	if (argc < 2)
		start(memory);
	printf("%lx\n", (unsigned long)memory);
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		if (!strcmp(line, "replace\n")) {
			/* Unseen in maps: the same line as before. */
			munmap(memory, PAGES * PAGE);
			mmap(memory, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
			start(memory);
		}
		long rounds = atol(line), missed = 0, extra = 0;
		for (long i = 0; i < rounds; i++) {
			uintptr_t page = (uintptr_t)memory + i * 29 % PAGES * PAGE;
			(*(char *)page)++;
			usleep(100);
			int count = get_and_clear(memory), seen = 0;
			for (int j = 0; j < count; j++) {
				if (found[j].start <= page && found[j].end > page)
					seen = 1;
				else
					extra++;
			}
			missed += !seen;
		}
		printf("%ld %ld\n", missed, extra);
	}
	return 0;
}
