/*
 * Programs that are difficult to attach to: unsuited MODE. Prints its pid.
 *   vfork    the only thread waits uninterruptibly (state D) for a child that sleeps for 700 ms
 *   leader   the main thread has ended, another writes a page every millisecond; prints the page's address
 *   dispatch handles the system calls of its code itself, but for one call of 1 ms every 10 ms; prints how many it handled
 *   blocked  the same, without that call
 *   brief    ends by itself after 0 to 3 ms
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *write_pages(void *memory) {
  for (char value = 1;; value++) {
    *(volatile char *)memory = value;
    usleep(1000);
  }
}

static char selector;
static volatile long handled;

static void on_call(int signal) {
  (void)signal;
  selector = 0;
  handled++;
}

static void dispatch(int calls) {
  struct sigaction action = {.sa_handler = on_call, .sa_flags = SA_NODEFER};
  sigaction(SIGSYS, &action, NULL);
  printf("%d\n", getpid());
  fflush(stdout);
  /* PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON */
  if (prctl(59, 1, 0, 0, &selector)) exit(2);
  for (long turn = 1;; turn++) {
    *(volatile char *)&selector = 1;
    for (volatile long i = 0; i < 4000000; i++);
    *(volatile char *)&selector = 0;
    if (calls) usleep(1000);
    if (turn % 10 == 0) {
      printf("%ld\n", handled);
      fflush(stdout);
    }
  }
}

int main(int count, char **arguments) {
  const char *mode = count > 1 ? arguments[1] : "";
  if (strcmp(mode, "leader")) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!strcmp(mode, "dispatch") || !strcmp(mode, "blocked")) dispatch(mode[0] == 'd');
  if (!strcmp(mode, "vfork")) {
    printf("%d\n", getpid());
    fflush(stdout);
    if (vfork() == 0) {
      usleep(700000);
      _exit(0);
    }
    for (;;) pause();
  }
  if (!strcmp(mode, "leader")) {
    char *memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, write_pages, memory);
    printf("%d %lu\n", getpid(), (unsigned long)memory);
    fflush(stdout);
    pthread_exit(NULL);
  }
  printf("%d\n", getpid());
  fflush(stdout);
  usleep(getpid() % 7 * 500);
  return 0;
}
