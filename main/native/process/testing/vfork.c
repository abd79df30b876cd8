/*
 * Each character on standard input starts a child with vfork(), which runs in this memory for 0.5 s; then it exits (e)
 * or calls exec of sleep(1) (x).
 */
#define _GNU_SOURCE
#include <unistd.h>
#include <sys/wait.h>

int main(void) {
  char how;
  while (read(0, &how, 1) == 1) {
    pid_t child = vfork();
    if (child == 0) {
      usleep(500000);
      if (how == 'x') execl("/bin/sleep", "sleep", "1000", (char *)0);
      _exit(0);
    }
    if (how == 'e') waitpid(child, 0, 0);
    if (write(1, &how, 1) != 1) return 1;
  }
  return 0;
}
