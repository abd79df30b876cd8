/*
 * Memory that grows in ways that need one line of maps when untracked, and shared memory that is hardly touched. Commands on
 * standard input, each answered with one line:
 *
 *   heap N        N times one page more by brk, each written; the number of failed calls
 *   down N, up N  the same by mmap, below or above what there is
 *   arena N       a page more by mprotect of reserved memory, as malloc's arenas grow
 *   pad N         N mappings that merge with nothing
 *   again N       unmaps and maps N such mappings at the same addresses, each written
 *   sparse N      N memfds of 1 GiB, one page of each written
 *   mmap N        N times: maps a page, writes and unmaps it
 *   touch, read   of the first sparse memfd: pages that no page table covered
 *   huge N        a mapping that grows N times by a huge page, which is written once; KiB of huge pages after it
 *   chunk         a new mapping of 16 pages, written; its address
 *   block         the same below the block before
 *   move ADDRESS  mremap of a chunk or block to twice its size, anywhere; 0 or an errno
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static char *low, *high, *arena, *arena_end, *blocks, *sparse;

static long grow(const char *how)
{
	char *page = 0;
	if (!strcmp(how, "heap"))
		page = sbrk(PAGE);
	else if (!strcmp(how, "down"))
		page = low = mmap(low - PAGE, PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0);
	else if (!strcmp(how, "up"))
		page = high = mmap(high + PAGE, PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0);
	else {
		page = mprotect(arena_end, PAGE, PROT_READ | PROT_WRITE) ? (char *)-1 : arena_end;
		arena_end += PAGE;
	}
	if (page == (char *)-1)
		return 1;
	*page = 1;
	usleep(2000);
	return 0;
}

static long once(const char *what, long i)
{
	if (!strcmp(what, "pad")) {
		static char *room;
		if (i == 0)
			room = mmap(0, 70000 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
		return i % 2 ? 0 : mprotect(room + i * PAGE, PAGE, PROT_READ) != 0;
	}
	if (!strcmp(what, "again")) {
		static char *room;
		if (room == 0)
			room = mmap(0, 140000 * PAGE, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
		char *page = room + 2 * i * PAGE;
		munmap(page, PAGE);
		if (mmap(page, PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			return 1;
		*page = 1;
		return 0;
	}
	if (!strcmp(what, "sparse")) {
		int fd = memfd_create("sparse", 0);
		if (ftruncate(fd, 1l << 30))
			return 1;
		char *memory = mmap(0, 1ul << 30, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memory[0] = 1;
		sparse = sparse ? sparse : memory;
		return memory == MAP_FAILED;
	}
	if (!strcmp(what, "mmap")) {
		char *page = mmap(0, PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
		*page = 1;
		return munmap(page, PAGE) != 0;
	}
	return grow(what);
}

static long grow_huge(long count)
{
	const unsigned long size = 2ul << 20;
	char *room = mmap(0, (count + 2) * size, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *page = (char *)(((unsigned long)room + size) & ~(size - 1));
	for (long i = 0; i < count; i++, page += size) {
		if (mprotect(page, size, PROT_READ | PROT_WRITE) || madvise(page, size, MADV_HUGEPAGE))
			return -1;
		*page = 1;
		usleep(60000);
	}
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	long kib = 0;
	while (fgets(line, sizeof line, file))
		sscanf(line, "AnonHugePages: %ld", &kib);
	fclose(file);
	return kib;
}

int main(void)
{
	setvbuf(stdout, 0, _IOLBF, 0);
	char *room = mmap(0, 64ul << 20, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
	low = high = mmap(room + (16ul << 20), PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0);
	arena = arena_end = room + (40ul << 20);
	blocks = room + (63ul << 20);
	*low = 1;
	once("arena", 0);
	printf("%lx %lx\n", (unsigned long)room, (unsigned long)arena);
	char line[64], what[32];
	while (fgets(line, sizeof line, stdin)) {
		long count = 1, failed = 0;
		sscanf(line, "%31s %ld", what, &count);
		if (!strcmp(what, "chunk")) {
			char *chunk = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
			memset(chunk, 1, 16 * PAGE);
			printf("%lx\n", (unsigned long)chunk);
			continue;
		}
		if (!strcmp(what, "block")) {
			blocks = mmap(blocks - 16 * PAGE, 16 * PAGE, PROT_READ | PROT_WRITE, ANONYMOUS | MAP_FIXED, -1, 0);
			memset(blocks, 1, 16 * PAGE);
			printf("%lx\n", (unsigned long)blocks);
			continue;
		}
		if (!strcmp(what, "move")) {
			unsigned long chunk = strtoul(line + 5, 0, 16);
			char *moved = mremap((char *)chunk, 16 * PAGE, 32 * PAGE, MREMAP_MAYMOVE);
			printf("%d\n", moved == MAP_FAILED ? errno : 0);
			continue;
		}
		if (!strcmp(what, "touch") || !strcmp(what, "read")) {
			volatile char *page = sparse + (what[0] == 't' ? 512ul << 20 : 768ul << 20);
			if (what[0] == 't')
				*page = 1;
			printf("%lx\n", (unsigned long)page + *page * 0);
			continue;
		}
		if (!strcmp(what, "huge")) {
			printf("%ld\n", grow_huge(count));
			continue;
		}
		for (long i = 0; i < count; i++)
			failed += once(what, i);
		printf("%ld\n", failed);
	}
	return 0;
}
