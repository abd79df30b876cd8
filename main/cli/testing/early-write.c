/* Writes to a page at a known address once, as soon as it runs; prints its pid, and waits. */
#include <stdio.h>
#include <unistd.h>

__attribute__((section(".early"))) volatile char early[4096] = {1};

__attribute__((constructor)) static void write_early(void)
{
	early[8] = 2;
}

int main(void)
{
	printf("pid %d\n", getpid());
	fflush(stdout);
	pause();
	return 0;
}
