/*
 * single-writes BACKING HOT COLD: a thread writes HOT pages over and over, but for every 61st. The main thread answers
 * lines: "w N" writes page N once (of HOT + COLD), "m N" moves what is hot by N pages, "r" waits for two whole rounds of
 * the hot pages. BACKING: anon, huge, shared, file, heap.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, SKIPPED = 61 };

static char *memory;
static size_t hot, total;
static _Atomic size_t offset, rounds;

static void *write_hot(void *unused) {
	(void)unused;
	for (;;) {
		size_t first = offset;
		for (size_t i = 0; i < hot; i++) {
			size_t page = (first + i) % total;
			if (page % SKIPPED != 0) (*(volatile char *)(memory + page * PAGE))++;
		}
		rounds++;
	}
	return unused;
}

static char *allocate(const char *backing, size_t size) {
	int rights = PROT_READ | PROT_WRITE;
	size_t huge = 2ul << 20;
	if (strcmp(backing, "heap") == 0) {
		char *at = sbrk(0);
		sbrk(PAGE - (size_t)at % PAGE);
		return sbrk((intptr_t)size);
	}
	if (strcmp(backing, "anon") == 0) {
		char *at = mmap(0, size, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(at, size, MADV_NOHUGEPAGE);
		return at;
	}
	if (strcmp(backing, "huge") == 0) {
		char *at = mmap(0, size + huge, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		at += huge - (size_t)at % huge;
		madvise(at, size, MADV_HUGEPAGE);
		return at;
	}
	int file = memfd_create("single-writes", 0);
	if (ftruncate(file, (off_t)size) != 0) return MAP_FAILED;
	return mmap(0, size, rights, strcmp(backing, "shared") == 0 ? MAP_SHARED : MAP_PRIVATE, file, 0);
}

int main(int count, char **args) {
	if (count != 4) return 2;
	hot = strtoul(args[2], 0, 10);
	total = hot + strtoul(args[3], 0, 10);
	memory = allocate(args[1], total * PAGE);
	if (memory == MAP_FAILED || memory == (void *)-1) return 1;
	for (size_t page = 0; page < total; page++) memory[page * PAGE] = 1;
	setlinebuf(stdout);
	printf("%zu\n", (size_t)memory / PAGE);
	pthread_t thread;
	pthread_create(&thread, 0, write_hot, 0);
	char line[64];
	while (fgets(line, sizeof line, stdin)) {
		size_t number = strtoul(line + 1, 0, 10);
		if (line[0] == 'w') (*(volatile char *)(memory + number * PAGE))++;
		if (line[0] == 'm') offset = (offset + number) % total;
		if (line[0] == 'r') for (size_t end = rounds + 2; rounds < end;) usleep(200);
		printf("%zu\n", number);
	}
	return 0;
}
