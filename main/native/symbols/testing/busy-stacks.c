/* Prints its main thread and another one, each with the address of a variable on its stack; both run all the time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void run(int isMain)
{
	volatile unsigned long count = 0;
	if (!isMain) {
		printf("%d %p ", gettid(), (void *)&count);
		pthread_barrier_wait(&barrier);
	} else {
		pthread_barrier_wait(&barrier);
		printf("%d %p\n", gettid(), (void *)&count);
		fflush(stdout);
	}
	for (;;)
		count++;
}

static void *other(void *unused)
{
	run(0);
	return unused;
}

int main(void)
{
	pthread_t id;
	alarm(600);
	pthread_barrier_init(&barrier, 0, 2);
	pthread_create(&id, 0, other, 0);
	run(1);
	return 0;
}
