// Memory in huge pages: N tiles of 2 MiB, all touched. Commands on stdin, one letter per line, one line of answer each:
//   h  huge pages of this process in KiB    w  writes a byte of every tile    r  reads a byte of every page
//   d  gives one page of the first tile back    u  unmaps one page of the second    x  calls exec
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TILE (2UL << 20)

static long hugeKib(void) {
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  char line[256];
  long kib = 0;
  while (fgets(line, sizeof line, file)) sscanf(line, "AnonHugePages: %ld", &kib);
  fclose(file);
  return kib;
}

int main(int count, char **words) {
  unsigned long tiles = strtoul(words[1], 0, 0);
  char *room = mmap(0, (tiles + 1) * TILE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *memory = (char *)(((unsigned long)room + TILE - 1) & ~(TILE - 1));
  madvise(memory, tiles * TILE, MADV_HUGEPAGE);
  for (unsigned long at = 0; at < tiles * TILE; at += 4096) memory[at] = 1;
  printf("%lx\n", (unsigned long)memory);
  fflush(stdout);
  char line[64];
  unsigned long sum = 0;
  while (fgets(line, sizeof line, stdin)) {
    if (line[0] == 'w')
      for (unsigned long tile = 0; tile < tiles; tile++) memory[tile * TILE + 8192]++;
    if (line[0] == 'r')
      for (unsigned long at = 0; at < tiles * TILE; at += 4096) sum += memory[at];
    if (line[0] == 'd') madvise(memory + 4096, 4096, MADV_DONTNEED);
    if (line[0] == 'u') munmap(memory + TILE + 4096, 4096);
    if (line[0] == 'x') execv("/proc/self/exe", words);
    printf("%ld\n", line[0] == 'r' ? (long)sum : hugeKib());
    fflush(stdout);
  }
  return count > 2;
}
