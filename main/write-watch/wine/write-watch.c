/*
 * A Windows program that calls what it reads on standard input, a line each, and answers each with a line:
 *
 *   alloc TYPE PROTECTION SIZE               "ok ADDRESS"       VirtualAlloc
 *   commit ADDRESS SIZE PROTECTION           "ok ADDRESS"       VirtualAlloc with MEM_COMMIT
 *   protect ADDRESS SIZE PROTECTION          "ok"               VirtualProtect
 *   free ADDRESS SIZE TYPE                   "ok"               VirtualFree
 *   write ADDRESS...                         "ok"               a store of 4 bytes to each address
 *   get FLAGS ADDRESS SIZE COUNT ADDRESSES GRANULARITY          GetWriteWatch; COUNT -1, ADDRESSES 0, GRANULARITY 0: NULL
 *                                            "ok GRANULARITY ADDRESS..."
 *   reset ADDRESS SIZE                       "ok"               ResetWriteWatch
 *   time FLAGS ADDRESS SIZE COUNT ROUNDS STRIDE                 writes a page each STRIDE, then GetWriteWatch, ROUNDS times
 *                                            "ok CALLS WRITES PAGES"    nanoseconds of all calls, of all writes
 *   code                                     "ok EXPORTED OWN LIBRARY"  functions: store(), main(), GetWriteWatch of kernelbase
 *
 * "error N" instead, if the call fails, with GetLastError(). Numbers are decimal or 0x….
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static char line[1 << 16];

static unsigned long long number(void) {
  char *word = strtok(NULL, " \r\n");
  return word ? strtoull(word, NULL, 0) : 0;
}
static void *address(void) { return (void *)(ULONG_PTR)number(); }
static void answer(BOOL done) {
  if (done) printf("ok\n");
  else printf("error %lu\n", GetLastError());
}

static void get(void) {
  DWORD flags = (DWORD)number();
  void *base = address();
  SIZE_T size = (SIZE_T)number();
  long long places = (long long)number();
  int has_addresses = number() != 0, has_granularity = number() != 0;
  ULONG_PTR count = places > 0 ? (ULONG_PTR)places : 0;
  ULONG granularity = 0xdead;
  void **addresses = has_addresses ? calloc(count + 1, sizeof *addresses) : NULL;
  UINT result = GetWriteWatch(flags, base, size, addresses, places < 0 ? NULL : &count, has_granularity ? &granularity : NULL);
  if (result != 0) printf("error %lu\n", GetLastError());
  else {
    printf("ok %lu", granularity);
    for (ULONG_PTR i = 0; i < count; i++) printf(" 0x%llx", (unsigned long long)(ULONG_PTR)addresses[i]);
    printf("\n");
  }
  free(addresses);
}

static void measure(void) {
  DWORD flags = (DWORD)number();
  char *base = address();
  SIZE_T size = (SIZE_T)number();
  ULONG_PTR places = (ULONG_PTR)number();
  unsigned rounds = (unsigned)number();
  SIZE_T stride = (SIZE_T)number();
  void **addresses = calloc(places, sizeof *addresses);
  LARGE_INTEGER frequency, began, ended;
  unsigned long long calls = 0, writes = 0, found = 0;
  QueryPerformanceFrequency(&frequency);
  for (unsigned i = 0; i < rounds; i++) {
    ULONG_PTR count = places;
    ULONG granularity;
    QueryPerformanceCounter(&began);
    for (SIZE_T at = 0; at < size; at += stride) base[at]++;
    QueryPerformanceCounter(&ended);
    writes += ended.QuadPart - began.QuadPart;
    QueryPerformanceCounter(&began);
    GetWriteWatch(flags, base, size, addresses, &count, &granularity);
    QueryPerformanceCounter(&ended);
    calls += ended.QuadPart - began.QuadPart;
    found += count;
  }
  double ns = 1e9 / (double)frequency.QuadPart;
  printf("ok %.0f %.0f %llu\n", (double)calls * ns, (double)writes * ns, found);
  free(addresses);
}

__declspec(dllexport) __attribute__((noinline)) void store(volatile int *to) { *to += 1; }

int main(void) {
  printf("ready\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    char *command = strtok(line, " \r\n");
    if (!command) continue;
    if (!strcmp(command, "alloc")) {
      DWORD type = (DWORD)number(), protection = (DWORD)number();
      void *at = VirtualAlloc(NULL, (SIZE_T)number(), type, protection);
      if (at) printf("ok 0x%llx\n", (unsigned long long)(ULONG_PTR)at);
      else printf("error %lu\n", GetLastError());
    } else if (!strcmp(command, "commit")) {
      void *at = address();
      SIZE_T size = (SIZE_T)number();
      answer(VirtualAlloc(at, size, MEM_COMMIT, (DWORD)number()) != NULL);
    } else if (!strcmp(command, "protect")) {
      void *at = address();
      SIZE_T size = (SIZE_T)number();
      DWORD old;
      answer(VirtualProtect(at, size, (DWORD)number(), &old));
    } else if (!strcmp(command, "free")) {
      void *at = address();
      SIZE_T size = (SIZE_T)number();
      answer(VirtualFree(at, size, (DWORD)number()));
    } else if (!strcmp(command, "write")) {
      char *word;
      while ((word = strtok(NULL, " \r\n"))) store((volatile int *)(ULONG_PTR)strtoull(word, NULL, 0));
      answer(TRUE);
    } else if (!strcmp(command, "reset")) {
      void *at = address();
      answer(ResetWriteWatch(at, (SIZE_T)number()) == 0);
    } else if (!strcmp(command, "get")) get();
    else if (!strcmp(command, "time")) measure();
    else if (!strcmp(command, "code")) {
      void *found = (void *)GetProcAddress(GetModuleHandleA("kernelbase"), "GetWriteWatch");
      printf("ok 0x%llx 0x%llx 0x%llx\n", (unsigned long long)(ULONG_PTR)store, (unsigned long long)(ULONG_PTR)main,
             (unsigned long long)(ULONG_PTR)found);
    }
    else printf("unknown command\n");
    fflush(stdout);
  }
  return 0;
}
