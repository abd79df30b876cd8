/*
 * waiting-threads THREADS: threads with small stacks that wait in epoll_wait, half of them without timeout, while the
 * main thread computes on a stack that was deep once, so that no thread is ideal for an attach. Prints "READY", and after
 * SIGTERM how many of the waits returned: "0 interrupted, 0 woken" if all is well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static volatile int interrupted, woken, done;

static void finish(int signal) { done = signal; }

static int deep(int levels) {
  volatile char page[4096];
  page[0] = levels;
  return levels > 0 ? deep(levels - 1) + page[0] : page[0];
}

static void *wait_for_nothing(void *endless) {
  struct epoll_event event;
  int ep = epoll_create1(0);
  for (;;) {
    if (epoll_wait(ep, &event, 1, endless ? -1 : 600000) < 0 && errno == EINTR) __sync_fetch_and_add(&interrupted, 1);
    else __sync_fetch_and_add(&woken, 1);
  }
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGTERM, finish);
  deep(400);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (int i = 0; i < atoi(arguments[1]); i++) {
    pthread_t thread;
    pthread_create(&thread, &small, wait_for_nothing, i % 2 ? &small : NULL);
  }
  usleep(200000);
  puts("READY");
  fflush(stdout);
  while (!done);
  printf("%d interrupted, %d woken\n", interrupted, woken);
  return 0;
}
