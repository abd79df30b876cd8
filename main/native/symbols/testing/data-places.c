/* Prints the addresses of a global variable, a heap block of 1000 bytes, a freed one of 100,000, and a variable on its thread's stack. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int g_scores[256] = {1};

static void *thread(void *unused)
{
	int local = 0;
	char *used = malloc(1000), *freed = malloc(100000), *guard = malloc(64);
	free(freed);
	printf("%p %p %p %p %d\n", (void *)&g_scores[10], (void *)(used + 10), (void *)(freed + 50000), (void *)&local, gettid());
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
