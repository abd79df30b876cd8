/*
 * One program that finds out which of its pages were written since it last asked, in five ways, and measures each:
 * methods-lab WAY BYTES BUDGET_MS CASE...
 *
 * WAY    soft-dirty    clear_refs, then PAGEMAP_SCAN or bit 55 of pagemap
 *        wp-async      userfaultfd asynchronous write-protection, then PAGEMAP_SCAN
 *        uffd-handler  userfaultfd write-protection, resolved by a thread that keeps a table
 *        mprotect      mprotect(PROT_READ), and a SIGSEGV handler that keeps a table
 *        compare       a copy of the memory, compared page by page
 * CASE   small|huge:PERCENT:THREADS   4 KiB pages or transparent huge pages; pages written; threads that write them
 *
 * Each round arms all pages, writes PERCENT of them, lists the written ones and arms again; rounds are repeated until
 * BUDGET_MS are over, at least once. Standard output: a JSON line about WAY, then one a case with the medians.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define HUGE_PAGE (2ul << 20)
#define MAX_ROUNDS 400
#define MAX_THREADS 64

/* Newer than the headers of some systems that build this (linux/fs.h, linux/userfaultfd.h). */
#define SCAN _IOWR('f', 16, struct scan_arg)
#define IS_WPALLOWED 1
#define IS_WRITTEN 2
#define IS_SOFT_DIRTY 0x80
#define WP_MATCHING 1
#define CHECK_WPASYNC 2
#define FEATURE_WP_ASYNC (1 << 15)
#define USER_MODE_ONLY 1
struct scan_arg {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, inverted, mask, anyof, returned;
};
struct region {
  uint64_t start, end, categories;
};

static char *memory;
static size_t bytes, pages;
/* The table of a method with a handler: one byte per page. */
static volatile uint8_t *table;
static char *copy;
static struct region *regions;
static uint32_t *found;
static int pagemap, clear_refs = -1, uffd = -1, has_scan;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void *map(size_t size) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  return at;
}

/* The number of regions with `categories`, in `regions`; negative: errno. */
static long scan(uint64_t flags, uint64_t categories) {
  struct scan_arg arg = {sizeof arg, flags, (uint64_t)memory, (uint64_t)memory + bytes, 0, (uint64_t)regions, pages, 0, 0,
                         categories, 0, categories};
  long n = ioctl(pagemap, SCAN, &arg);
  return n < 0 ? -errno : n;
}

static size_t list_regions(long n) {
  if (n < 0) errno = -n, fail("PAGEMAP_SCAN");
  size_t count = 0;
  for (long i = 0; i < n; i++)
    for (uint64_t at = regions[i].start; at < regions[i].end; at += PAGE) found[count++] = (at - (uint64_t)memory) / PAGE;
  return count;
}

static size_t list_table(void) {
  size_t count = 0;
  for (size_t i = 0; i < pages; i++)
    if (table[i]) found[count++] = i;
  return count;
}

/* soft-dirty */
static void clear_soft_dirty(void) {
  if (pwrite(clear_refs, "4", 1, 0) != 1) fail("clear_refs");
}
static size_t list_soft_dirty(void) {
  if (has_scan) return list_regions(scan(0, IS_SOFT_DIRTY));
  static uint64_t entries[512];
  size_t count = 0;
  for (size_t i = 0; i < pages; i += 512) {
    ssize_t n = pread(pagemap, entries, sizeof entries, ((uint64_t)memory / PAGE + i) * 8);
    if (n < 0) fail("pagemap");
    for (size_t j = 0; j < (size_t)n / 8 && i + j < pages; j++)
      if (entries[j] >> 55 & 1) found[count++] = i + j;
  }
  return count;
}

/* userfaultfd, both ways */
static int open_uffd(uint64_t features) {
  uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
  if (uffd < 0 && errno == EPERM) uffd = syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
  if (uffd < 0) return -errno;
  struct uffdio_api api = {.api = UFFD_API, .features = features};
  return ioctl(uffd, UFFDIO_API, &api) < 0 ? -errno : 0;
}
static void write_protect(void *at, size_t size, uint64_t mode) {
  struct uffdio_writeprotect arg = {{(uint64_t)at, size}, mode};
  if (ioctl(uffd, UFFDIO_WRITEPROTECT, &arg) < 0) fail("UFFDIO_WRITEPROTECT");
}
static void register_uffd(void) {
  struct uffdio_register arg = {.range = {(uint64_t)memory, bytes}, .mode = UFFDIO_REGISTER_MODE_WP};
  if (ioctl(uffd, UFFDIO_REGISTER, &arg) < 0) fail("UFFDIO_REGISTER");
  write_protect(memory, bytes, UFFDIO_WRITEPROTECT_MODE_WP);
}
static size_t list_written(void) { return list_regions(scan(0, IS_WPALLOWED | IS_WRITTEN)); }
static size_t take_written(void) {
  return list_regions(scan(WP_MATCHING | CHECK_WPASYNC, IS_WPALLOWED | IS_WRITTEN));
}
static void clear_written(void) { take_written(); }
static void arm_handler(void) {
  memset((void *)table, 0, pages);
  write_protect(memory, bytes, UFFDIO_WRITEPROTECT_MODE_WP);
}
static void *handle_faults(void *unused) {
  (void)unused;
  for (;;) {
    struct uffd_msg messages[16];
    ssize_t n = read(uffd, messages, sizeof messages);
    if (n < 0) fail("read of the userfaultfd");
    for (size_t i = 0; i < n / sizeof *messages; i++) {
      uint64_t at = messages[i].arg.pagefault.address & ~(PAGE - 1);
      table[(at - (uint64_t)memory) / PAGE] = 1;
      write_protect((void *)at, PAGE, 0);
    }
  }
  return NULL;
}

/* mprotect */
static void on_segv(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  size_t offset = (char *)info->si_addr - memory;
  if (offset >= bytes) abort();
  table[offset / PAGE] = 1;
  if (mprotect(memory + (offset & ~(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE)) abort();
}
static void arm_mprotect(void) {
  memset((void *)table, 0, pages);
  if (mprotect(memory, bytes, PROT_READ)) fail("mprotect");
}

/* compare */
static size_t list_changed(void) {
  size_t count = 0;
  for (size_t i = 0; i < pages; i++)
    if (memcmp(memory + i * PAGE, copy + i * PAGE, PAGE)) found[count++] = i;
  return count;
}
static size_t last_found;
static void copy_changed(void) {
  for (size_t i = 0; i < last_found; i++) memcpy(copy + found[i] * PAGE, memory + found[i] * PAGE, PAGE);
}
static void copy_all(void) { memcpy(copy, memory, bytes); }

struct way {
  const char *name;
  void (*start)(void); /* a mapping becomes tracked, and armed */
  size_t (*list)(void);
  void (*arm)(void);
  size_t (*take)(void); /* list and arm in one atomic step, if there is one */
};
static const struct way ways[] = {
    {"soft-dirty", clear_soft_dirty, list_soft_dirty, clear_soft_dirty, NULL},
    {"wp-async", register_uffd, list_written, clear_written, take_written},
    {"uffd-handler", register_uffd, list_table, arm_handler, NULL},
    {"mprotect", arm_mprotect, list_table, arm_mprotect, NULL},
    {"compare", copy_all, list_changed, copy_changed, NULL},
};
static const struct way *way;

/* Null, or why the way does not work here. */
static const char *obstacle(void) {
  static char text[200];
  int code = 0;
  if (!strcmp(way->name, "soft-dirty")) {
    clear_refs = open("/proc/self/clear_refs", O_WRONLY);
    if (clear_refs < 0) return "/proc/self/clear_refs cannot be opened.";
    has_scan = scan(0, IS_SOFT_DIRTY) >= 0;
    clear_soft_dirty();
    memory[0] = 1;
    if (list_soft_dirty() == 0) return "This kernel has no soft-dirty bits (CONFIG_MEM_SOFT_DIRTY): a page just written has none.";
    return NULL;
  }
  if (!strcmp(way->name, "wp-async")) {
    if ((code = scan(0, IS_WRITTEN)) < 0) {
      snprintf(text, sizeof text, "PAGEMAP_SCAN fails with %s: it needs Linux 6.7.", strerror(-code));
      return text;
    }
    code = open_uffd(FEATURE_WP_ASYNC | UFFD_FEATURE_PAGEFAULT_FLAG_WP);
  } else if (!strcmp(way->name, "uffd-handler"))
    code = open_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
  if (code == 0) return NULL;
  snprintf(text, sizeof text, "userfaultfd with these features fails with %s.", strerror(-code));
  return text;
}

/* The program's threads */
static pthread_barrier_t barrier;
static struct {
  pthread_t thread;
  uint64_t took;
} workers[MAX_THREADS];
static int threads, ending;
static uint32_t *order;
static size_t written;
static uint64_t value;

static void *work(void *argument) {
  size_t self = (size_t)argument;
  for (;;) {
    pthread_barrier_wait(&barrier);
    if (ending) return NULL;
    uint64_t began = now();
    for (size_t i = self; i < written; i += threads) *(volatile uint64_t *)(memory + order[i] * PAGE + 64) = value;
    workers[self].took = now() - began;
    pthread_barrier_wait(&barrier);
  }
}

/* Nanoseconds per page that the threads spent writing. */
static double write_pages(void) {
  uint64_t sum = 0;
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < threads; i++) sum += workers[i].took;
  return (double)sum / written;
}

/* Pages to write: one at a random place in each run of 100 / percent pages, so that they are scattered. */
static void draw_pages(int percent) {
  static uint64_t state = 1;
  written = pages * percent / 100;
  if (written == 0) written = 1;
  for (size_t i = 0; i < written; i++) {
    size_t from = i * pages / written, to = (i + 1) * pages / written;
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    order[i] = from + (state >> 33) % (to - from);
  }
}

/* A mapping of its own on both sides, with pages of one size, all present. */
static void new_memory(int huge) {
  static char *whole;
  if (whole) munmap(whole, bytes + 2 * HUGE_PAGE);
  whole = map(bytes + 2 * HUGE_PAGE);
  memory = (char *)(((uint64_t)whole + HUGE_PAGE) & ~(HUGE_PAGE - 1));
  if (madvise(memory, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && huge) fail("MADV_HUGEPAGE");
  for (size_t i = 0; i < bytes; i += PAGE) memory[i] = 1;
  /* Huge pages stay; khugepaged does not collapse those that a method splits. */
  if (madvise(memory, bytes, MADV_NOHUGEPAGE) && huge) fail("MADV_NOHUGEPAGE");
}

/* Huge pages of the memory, by smaps. */
static long huge_pages(void) {
  FILE *file = fopen("/proc/self/smaps", "re");
  char line[512];
  uint64_t start = 0, end = 0;
  long sum = 0, kib;
  if (!file) fail("smaps");
  while (fgets(line, sizeof line, file)) {
    uint64_t from, to;
    if (sscanf(line, "%lx-%lx ", &from, &to) == 2) start = from, end = to;
    if (start >= (uint64_t)memory && end <= (uint64_t)memory + bytes && sscanf(line, "AnonHugePages: %ld", &kib) == 1)
      sum += kib / 2048;
  }
  fclose(file);
  return sum;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
static double median(double *values, int n) {
  qsort(values, n, sizeof *values, by_value);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

enum { FIRST, PLAIN, LIST, ARM, TAKE, KINDS };
static double results[KINDS][MAX_ROUNDS];

/* Written pages that were not listed; `extra`: listed ones that were not written. */
static size_t check(size_t count, size_t *extra) {
  static uint8_t *was;
  if (!was) was = map(pages);
  memset(was, 0, pages);
  size_t hits = 0;
  for (size_t i = 0; i < count; i++) was[found[i]] = 1;
  for (size_t i = 0; i < written; i++) hits += was[order[i]];
  *extra = count - hits;
  return written - hits;
}

static void measure(const char *kind, int percent, int count, uint64_t budget) {
  int huge = !strcmp(kind, "huge"), rounds[KINDS] = {0}, round = 0;
  size_t missed = 0, extra = 0;
  long huge_before = 0, huge_after = 0;
  uint64_t end = now() + budget;
  threads = count;
  ending = 0;
  pthread_barrier_init(&barrier, NULL, threads + 1);
  for (size_t i = 0; i < (size_t)threads; i++) pthread_create(&workers[i].thread, NULL, work, (void *)i);
  do {
    /* A huge page that was split stays split: each round gets new ones. */
    if (huge || round == 0) {
      new_memory(huge);
      if (huge) huge_before = huge_pages();
      way->start();
    }
    draw_pages(percent);
    value++;
    double first = write_pages(), plain = write_pages();
    /* The first round warms up, unless there is no time for another. */
    int counts = round > 0 || now() >= end;
    int takes = way->take && round % 2;
    size_t n, more;
    uint64_t t0 = now(), t1;
    if (takes) {
      n = way->take();
      t1 = now();
    } else {
      n = way->list();
      t1 = now();
      last_found = n;
      missed += check(n, &more);
      if (more > extra) extra = more;
      uint64_t t2 = now();
      if (huge && !round) huge_after = huge_pages(), t2 = now();
      way->arm();
      if (counts) results[ARM][rounds[ARM]++] = now() - t2;
    }
    if (takes) missed += check(n, &more);
    if (counts) {
      results[takes ? TAKE : LIST][rounds[takes ? TAKE : LIST]++] = t1 - t0;
      results[FIRST][rounds[FIRST]++] = first;
      results[PLAIN][rounds[PLAIN]++] = plain;
    }
    round++;
    /* Every way of listing is measured, whatever the time. */
  } while (round < MAX_ROUNDS && (now() < end || !rounds[LIST] || (way->take && !rounds[TAKE])));
  ending = 1;
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < threads; i++) pthread_join(workers[i].thread, NULL);
  pthread_barrier_destroy(&barrier);
  printf("{\"pages\":\"%s\",\"percent\":%d,\"threads\":%d,\"rounds\":%d,\"written\":%zu,\"missed\":%zu,\"extra\":%zu,", kind,
         percent, threads, round, written, missed, extra);
  printf("\"firstNs\":%.1f,\"plainNs\":%.1f,\"scanNs\":%.0f,\"armNs\":%.0f,", median(results[FIRST], rounds[FIRST]),
         median(results[PLAIN], rounds[PLAIN]), median(results[LIST], rounds[LIST]), median(results[ARM], rounds[ARM]));
  if (way->take) printf("\"takeNs\":%.0f,", median(results[TAKE], rounds[TAKE]));
  else printf("\"takeNs\":null,");
  printf("\"hugeBefore\":%ld,\"hugeAfter\":%ld}\n", huge_before, huge_after);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (!strcmp(argv[1], ways[i].name)) way = &ways[i];
  bytes = strtoull(argv[2], NULL, 10) & ~(HUGE_PAGE - 1);
  uint64_t budget = strtoull(argv[3], NULL, 10) * 1000000;
  if (!way || !bytes) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  pages = bytes / PAGE;
  table = map(pages);
  copy = map(bytes);
  regions = map(pages * sizeof *regions);
  found = map(pages * sizeof *found);
  order = map(pages * sizeof *order);
  pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) fail("/proc/self/pagemap");
  new_memory(0);
  const char *reason = obstacle();
  printf("{\"way\":\"%s\",\"reason\":%s%s%s}\n", way->name, reason ? "\"" : "", reason ? reason : "null", reason ? "\"" : "");
  if (reason) return 0;
  if (way->list == list_table && uffd < 0) {
    struct sigaction action = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGSEGV, &action, NULL)) fail("sigaction");
  }
  pthread_t handler;
  if (way->list == list_table && uffd >= 0) pthread_create(&handler, NULL, handle_faults, NULL);
  for (int i = 4; i < argc; i++) {
    char kind[8];
    int percent, count;
    if (sscanf(argv[i], "%7[a-z]:%d:%d", kind, &percent, &count) != 3 || percent < 1 || percent > 100 || count < 1 ||
        count > MAX_THREADS)
      return 2;
    measure(kind, percent, count, budget);
  }
  return 0;
}
