/*
 * Writes to known words by known functions of known threads. Prints the address of the word and waits for a line; then the
 * main thread writes FIRST times by first_writer, and a thread that it starts then SECOND times by a function whose name is
 * mangled as that of game::write(). Prints the other thread's id, and waits for the end of its input; at the line `exec` cat
 * replaces it, at `frame` it writes by code without a frame pointer.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile long word;
static long rounds;

void second_writer(long value) __asm__("_ZN4game5writeEv");

__attribute__((noinline)) void first_writer(long value)
{
	word = value;
}

__attribute__((noinline)) void second_writer(long value)
{
	word = value;
}

__attribute__((noinline)) void outer(long value)
{
	first_writer(value);
	/* No tail call: the caller is on the stack. */
	__asm__ volatile("");
}

/* Uses the frame pointer for something else, as code does that is compiled without it. */
__attribute__((noinline)) static void without_frame(void)
{
	static const long not_a_frame[2];
	__asm__ volatile("push %%rbp\n\tmov %0, %%rbp\n\tmovq $7, %1\n\tnop\n\tpop %%rbp" : : "r"(not_a_frame), "m"(word) : "memory");
}

static void *thread(void *unused)
{
	(void)unused;
	for (long i = 0; i < rounds; i++)
		second_writer(1000000 + i);
	return (void *)(long)gettid();
}

int main(int argc, char **argv)
{
	char line[16];
	long first = argc > 1 ? atol(argv[1]) : 0;
	rounds = argc > 2 ? atol(argv[2]) : 0;
	printf("%p\n", (void *)&word);
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		return 1;
	for (long i = 0; i < first; i++)
		outer(i + 1);
	pthread_t other;
	void *tid;
	pthread_create(&other, 0, thread, 0);
	pthread_join(other, &tid);
	printf("%ld\n", (long)tid);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (line[0] == 'f') {
			without_frame();
			printf("written\n");
			fflush(stdout);
		}
		if (line[0] != 'e')
			continue;
		printf("replaced\n");
		fflush(stdout);
		execlp("cat", "cat", (char *)0);
	}
	return 0;
}
