/*
 * Programs to be launched, by their first argument:
 *   burst CODE       writes 1,000 pages at once and ends
 *   threads CODE     the same by four threads, of which one ends the process
 *   later MS NEXT    works for so long, then calls exec of itself with NEXT
 *   returns CODE     writes its pages, and returns from main: with a sanitizer, leaks are looked for then
 *   waits            waits 1.5 s in epoll_wait while ignored signals arrive, prints what it returned and how long it took
 *   leaks MS         looks for leaks in another thread after so long (with a sanitizer), while the main thread writes, and ends
 *   stays            writes a page every 10 ms, for ever
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES 1000
static char *memory;
static int code;

static void map(void)
{
	memory = mmap(0, PAGES * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, PAGES * 4096ul, MADV_NOHUGEPAGE);
}

static void report(void)
{
	printf("%p\n", (void *)memory);
	fflush(stdout);
}

static void *part(void *argument)
{
	static int done;
	long i;

	for (i = (long)argument; i < PAGES; i += 4)
		memory[i * 4096] = 1;
	if (__sync_add_and_fetch(&done, 1) == 4) {
		report();
		_exit(code);
	}
	return 0;
}

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void *look_for_leaks(void *argument)
{
	(void)argument;
	usleep(code * 1000);
	if (__lsan_do_recoverable_leak_check)
		printf("leaks %d\n", __lsan_do_recoverable_leak_check());
	fflush(stdout);
	return 0;
}

static void on_signal(int signal)
{
	(void)signal;
}

static int waits(void)
{
	struct epoll_event event;
	struct timespec a, b;
	int epoll = epoll_create1(0), i, result;
	long ms;

	/* Default disposition: ignored. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, on_signal);
	if (fork() == 0) {
		for (i = 0; i < 10; i++) {
			usleep(50000);
			kill(getppid(), i % 2 ? SIGCHLD : SIGUSR1);
		}
		_exit(0);
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	result = epoll_wait(epoll, &event, 1, 1500);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	printf("epoll_wait %d %s %s\n", result, result < 0 ? strerror(errno) : "-", ms >= 1490 ? "whole" : "early");
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "burst";
	long i = 0;

	code = argc > 2 ? atoi(argv[2]) : 7;
	if (!strcmp(mode, "waits"))
		return waits();
	map();
	if (!strcmp(mode, "later")) {
		for (i = 0; i < code / 10; i++) {
			memory[i % PAGES * 4096]++;
			usleep(10000);
		}
		execl("/proc/self/exe", "launched", argc > 3 ? argv[3] : "burst", "7", (char *)0);
		return 1;
	}
	if (!strcmp(mode, "threads")) {
		pthread_t threads[4];

		for (i = 0; i < 4; i++)
			pthread_create(&threads[i], 0, part, (void *)i);
		for (;;)
			pause();
	}
	if (!strcmp(mode, "leaks")) {
		pthread_t thread;

		pthread_create(&thread, 0, look_for_leaks, 0);
		while (pthread_tryjoin_np(thread, 0) != 0) {
			memory[i++ % PAGES * 4096]++;
			usleep(1000);
		}
		return 0;
	}
	if (!strcmp(mode, "stays")) {
		report();
		for (i = 0;; i++) {
			memory[i % PAGES * 4096]++;
			usleep(10000);
		}
	}
	for (i = 0; i < PAGES; i++)
		memory[i * 4096] = 1;
	report();
	if (!strcmp(mode, "returns"))
		return code;
	_exit(code);
}
