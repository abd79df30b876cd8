/* Runs one memory operation for each line on standard input and answers with its first page. */
#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096UL
#define HUGE_BYTES (2UL << 20)

static char *map(unsigned long bytes) {
  char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) exit(2);
  madvise(at, bytes, MADV_NOHUGEPAGE);
  return at;
}

/* Aligned, with huge pages allowed. */
static char *map_huge(void) {
  char *at = mmap(NULL, 3 * HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  at = (char *)(((unsigned long)at + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1));
  madvise(at, HUGE_BYTES, MADV_HUGEPAGE);
  return at;
}

static int uring(void) {
  struct io_uring_params p;
  memset(&p, 0, sizeof p);
  int fd = syscall(SYS_io_uring_setup, 8, &p);
  if (fd < 0) return -1;
  mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQ_RING);
  mmap(NULL, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, IORING_OFF_SQES);
  return fd;
}

/*
 * Another process keeps the ring with these buffers busy: it is locked most of the time, and the kernel leaves the list of
 * buffers out of fdinfo then.
 */
static int register_busy(struct iovec *vector) {
  enum { ENTRIES = 4096 };
  struct io_uring_params p;
  memset(&p, 0, sizeof p);
  int fd = syscall(SYS_io_uring_setup, ENTRIES, &p);
  if (fd < 0 || syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, vector, 1) != 0) return -1;
  if (fork() > 0) return fd;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char *ring = mmap(NULL, p.sq_off.array + ENTRIES * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entries = mmap(NULL, ENTRIES * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
  unsigned *tail = (unsigned *)(ring + p.sq_off.tail);
  for (unsigned i = 0; i < ENTRIES; i++) {
    ((unsigned *)(ring + p.sq_off.array))[i] = i;
    entries[i].opcode = IORING_OP_NOP;
    entries[i].flags = IOSQE_CQE_SKIP_SUCCESS;
  }
  for (;;) {
    __atomic_add_fetch(tail, ENTRIES, __ATOMIC_RELEASE);
    syscall(SYS_io_uring_enter, fd, ENTRIES, 0, 0, NULL, 0);
  }
}

static void perf(void) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
  if (fd >= 0) mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  char *area = map(64 * PAGE), *moving = map(400 * PAGE), *huge = map_huge(), *reserved, *shared;
  shared = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  (void)shared;
  reserved = mmap(NULL, 600 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(area, 1, 64 * PAGE);
  for (int i = 0; i < 400; i += 2) moving[i * PAGE] = 1;
  char line[64];
  puts("0");
  while (fgets(line, sizeof line, stdin)) {
    char *at = area;
    if (!strncmp(line, "area", 4)) at = area;
    else if (!strncmp(line, "write", 5)) memset(area, 2, 4 * PAGE);
    else if (!strncmp(line, "dontneed", 8)) madvise(area + 8 * PAGE, 8 * PAGE, MADV_DONTNEED), at = area + 8 * PAGE;
    else if (!strncmp(line, "rewrite", 7)) {
      at = area + 32 * PAGE;
      madvise(at, 4 * PAGE, MADV_DONTNEED);
      memset(at, 3, 2 * PAGE);
    } else if (!strncmp(line, "unmap", 5)) munmap(at = area + 48 * PAGE, 16 * PAGE);
    else if (!strncmp(line, "fresh-huge", 10)) (at = map_huge())[5 * PAGE] = 1;
    else if (!strncmp(line, "huge", 4)) (at = huge)[5 * PAGE] = 1;
    else if (!strncmp(line, "again", 5)) (at = huge)[7 * PAGE] = 1;
    else if (!strncmp(line, "reserve-move", 12)) {
      at = mremap(moving, 400 * PAGE, 400 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, reserved + 100 * PAGE);
    } else if (!strncmp(line, "move", 4)) {
      char *place = mmap(NULL, 600 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 100 * PAGE;
      at = mremap(moving, 400 * PAGE, 400 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    } else if (!strncmp(line, "new", 3)) {
      at = map(50 * PAGE);
      memset(at, 1, 3 * PAGE);
    } else if (!strncmp(line, "rings", 5)) {
      aio_context_t context = 0;
      uring();
      syscall(SYS_io_setup, 32, &context);
      perf();
    } else if (!strncmp(line, "register-busy", 13)) {
      struct iovec vector = {at = area + 20 * PAGE, 6 * PAGE};
      if (register_busy(&vector) < 0) at = NULL;
    } else if (!strncmp(line, "register", 8)) {
      struct iovec vector = {area + 20 * PAGE, 6 * PAGE};
      at = area + 20 * PAGE;
      if (syscall(SYS_io_uring_register, uring(), IORING_REGISTER_BUFFERS, &vector, 1) != 0) at = NULL;
    }
    printf("%lu\n", (unsigned long)at / PAGE);
  }
  return 0;
}
