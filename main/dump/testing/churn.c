/*
 * A program whose memory changes in every way: random writes from several threads, mappings that come, grow, move and go,
 * pages that are given back, memory that is protected, shared memory, private file mappings that are written.
 *
 *   churn MIB    prints a line when it is ready and runs until standard input is closed
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

struct area {
	char *memory;
	size_t pages;
};

static void *writer(void *argument)
{
	struct area *area = argument;
	uint64_t state = (uintptr_t)area | 1;
	for (;;) {
		for (int i = 0; i < 64; i++) {
			uint64_t at = next(&state) % (area->pages * PAGE - 8);
			memcpy(area->memory + at, &state, 8);
		}
		usleep(500);
	}
	return 0;
}

static void *mapper(void *unused)
{
	(void)unused;
	uint64_t state = 88172645463325252ull;
	enum { SLOTS = 32 };
	struct area slots[SLOTS] = {0};
	char *page = malloc(PAGE);
	for (;;) {
		struct area *slot = &slots[next(&state) % SLOTS];
		uint64_t kind = next(&state) % 6;
		if (!slot->memory) {
			slot->pages = 1 + next(&state) % 64;
			slot->memory = mmap(0, slot->pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (slot->memory == MAP_FAILED)
				exit(1);
			memset(slot->memory, (int)kind + 1, slot->pages * PAGE / 2);
		} else if (kind == 0) {
			munmap(slot->memory, slot->pages * PAGE);
			slot->memory = 0;
		} else if (kind == 1) {
			size_t pages = 1 + next(&state) % 64;
			char *moved = mremap(slot->memory, slot->pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
			if (moved != MAP_FAILED) {
				slot->memory = moved;
				slot->pages = pages;
			}
		} else if (kind == 2) {
			madvise(slot->memory, (1 + next(&state) % slot->pages) * PAGE, MADV_DONTNEED);
		} else if (kind == 3) {
			mprotect(slot->memory, slot->pages * PAGE, PROT_NONE);
			usleep(300);
			mprotect(slot->memory, slot->pages * PAGE, PROT_READ | PROT_WRITE);
		} else if (kind == 4) {
			/* The zero page, and pages that are written with what they hold already. */
			volatile char *at = slot->memory + next(&state) % slot->pages * PAGE;
			*at = *at;
			(void)*(volatile char *)slot->memory;
		} else {
			memset(page, (int)next(&state), PAGE);
			memcpy(slot->memory + next(&state) % slot->pages * PAGE, page, PAGE);
		}
		usleep(400);
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t pages = (argc > 1 ? strtoul(argv[1], 0, 10) : 16) << 8;
	struct area areas[3] = {{0, pages}, {0, 512}, {0, 64}};
	areas[0].memory = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int shared = memfd_create("churn", 0);
	if (ftruncate(shared, 512 * PAGE))
		return 1;
	areas[1].memory = mmap(0, 512 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
	int file = open(argv[0], O_RDONLY);
	areas[2].memory = mmap(0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	if (areas[0].memory == MAP_FAILED || areas[1].memory == MAP_FAILED || areas[2].memory == MAP_FAILED)
		return 1;
	/* Only the pages that the file has. */
	areas[2].pages = lseek(file, 0, SEEK_END) / PAGE;
	memset(areas[0].memory, 7, pages * PAGE);
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, 0, writer, &areas[i]);
	pthread_create(&thread, 0, mapper, 0);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
