/* Prints the addresses of a global variable, a heap block of 1000 bytes, a freed one of 100,000, a variable on its
 * thread's stack, the thread, and a variable in memory of no file. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int g_scores[256] = {1};
/* .bss beyond the last page of the file. */
char g_level[1 << 20];

/* Each thread has its own. */
_Thread_local int g_lives = 3;

static void *thread(void *unused)
{
	int local = g_lives;
	char *used = malloc(1000), *freed = malloc(100000), *guard = malloc(64);
	free(freed);
	printf("%p %p %p %p %d %p\n", (void *)&g_scores[10], (void *)(used + 10), (void *)(freed + 50000), (void *)&local, gettid(),
	       (void *)&g_level[500000]);
	fflush(stdout);
	while (getchar() != EOF)
		;
	free(guard);
	return unused;
}

int main(void)
{
	/* In the main heap, also for the thread. */
	setenv("UNUSED", "1", 1);
	pthread_t id;
	pthread_create(&id, 0, thread, 0);
	pthread_join(id, 0);
	return 0;
}
