/*
 * A program that uses userfaultfd itself. It maps and fills memory, prints READY, and runs commands from its standard input:
 *   open FEATURES   opens a userfaultfd and calls UFFDIO_API with FEATURES (decimal); prints its descriptor
 *   bare            opens one without UFFDIO_API
 *   old MODE        UFFDIO_REGISTER of the memory that was there from the beginning; prints 0 or errno
 *   new MODE        the same for memory that is mapped now
 *   write I         writes page I of the memory from the beginning
 *   grow N          maps and fills N pages
 *   fresh           maps memory apart from all other, fills it and prints its first page's number
 *   scan            PAGEMAP_SCAN of that memory, which clears; prints how many regions were written, or -errno
 *   rounds N        N times writes one of its pages and scans; prints MISSED EXTRA
 *   close           closes the userfaultfd
 *   exec            becomes sleep(1)
 *   fds N           opens /dev/null N times; prints how many were opened
 *   collapse        MADV_COLLAPSE of two MiB mapped now
 *   drop I          gives page I of the memory from the beginning back
 *   other I         writes page I of other memory from the beginning
 * READY is followed by the addresses of the two, each of which has 64 pages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL
#define PAGES 64

static int uffd = -1;

static int open_uffd(void) {
  uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  return uffd;
}

static int set_api(unsigned long long features) {
  struct uffdio_api api = {.api = UFFD_API, .features = features};
  return ioctl(uffd, UFFDIO_API, &api) < 0 ? -errno : uffd;
}

static char *map(void) {
  char *at = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < PAGES; i++) at[i * PAGE] = 1;
  return at;
}

static int enroll(char *at, unsigned long long mode) {
  struct uffdio_register reg = {.range = {(unsigned long long)at, PAGES * PAGE}, .mode = mode};
  return ioctl(uffd, UFFDIO_REGISTER, &reg) < 0 ? errno : 0;
}

struct region {
  uint64_t start, end, categories;
};
struct scan {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, any_of, returned;
};
static struct region found[PAGES];

static int get_and_clear(char *at) {
  static int pagemap = -1;
  if (pagemap < 0) pagemap = open("/proc/self/pagemap", O_RDONLY);
  struct scan scan = {sizeof scan, 3, (uintptr_t)at, (uintptr_t)at + PAGES * PAGE, 0, (uintptr_t)found, PAGES, 0, 0, 2, 0, 2};
  int count = ioctl(pagemap, _IOWR('f', 16, struct scan), &scan);
  return count < 0 ? -errno : count;
}

/* What its own tracking misses, and what it finds that was not written. */
static void rounds(char *at, unsigned long long n) {
  long missed = 0, extra = 0;
  for (unsigned long long i = 0; i < n; i++) {
    uintptr_t page = (uintptr_t)at + i * 29 % PAGES * PAGE;
    (*(char *)page)++;
    usleep(100);
    int count = get_and_clear(at), seen = 0;
    for (int j = 0; j < count; j++) {
      if (found[j].start <= page && found[j].end > page) seen = 1;
      else extra++;
    }
    missed += !seen;
  }
  printf("%ld %ld\n", missed, extra);
  fflush(stdout);
}

int main(int argc, char **argv) {
  char *old = map();
  char *other = map();
  char line[100], word[50];
  /* Before it is attached to: `own-uffd FEATURES`. */
  if (argc > 1) {
    unsigned long long features;
    sscanf(argv[1], "%llu", &features);
    if (open_uffd() < 0 || set_api(features) < 0) return 1;
  }
  printf("READY %p %p\n", (void *)old, (void *)other);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    unsigned long long n = 0;
    int result = 0;
    if (sscanf(line, "%49s %llu", word, &n) < 1) continue;
    if (!strcmp(word, "open")) result = open_uffd() < 0 ? -errno : set_api(n);
    if (!strcmp(word, "bare")) result = open_uffd();
    if (!strcmp(word, "old")) result = enroll(old, n);
    if (!strcmp(word, "new")) result = enroll(map(), n);
    if (!strcmp(word, "write")) old[n * PAGE]++;
    if (!strcmp(word, "drop")) result = madvise(old + n * PAGE, PAGE, MADV_DONTNEED) < 0 ? errno : 0;
    if (!strcmp(word, "other")) other[n * PAGE]++;
    if (!strcmp(word, "scan")) result = get_and_clear(old);
    if (!strcmp(word, "close")) result = close(uffd);
    if (!strcmp(word, "exec")) execl("/bin/sleep", "sleep", "60", (char *)0);
    if (!strcmp(word, "grow"))
      memset(mmap(0, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1, n * PAGE);
    if (!strcmp(word, "fresh")) {
      char *room = mmap(0, 3 * PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      mprotect(room + PAGES * PAGE, PAGES * PAGE, PROT_READ | PROT_WRITE);
      memset(room + PAGES * PAGE, 1, PAGES * PAGE);
      printf("%lu\n", (unsigned long)room / PAGE + PAGES);
      fflush(stdout);
      continue;
    }
    if (!strcmp(word, "rounds")) {
      rounds(old, n);
      continue;
    }
    if (!strcmp(word, "fds"))
      for (; n > 0 && open("/dev/null", O_RDONLY) >= 0; n--) result++;
    if (!strcmp(word, "collapse")) {
      char *at = mmap(0, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      at = (char *)(((unsigned long)at + (2 << 20) - 1) & ~((2UL << 20) - 1));
      memset(at, 1, 2 << 20);
      usleep(300000);
      result = madvise(at, 2 << 20, 25) < 0 ? errno : 0;
    }
    printf("%d\n", result);
    fflush(stdout);
  }
  return 0;
}
