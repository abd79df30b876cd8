/*
 * Writes to a known word below four calls, by code that uses rbp for something else: it points to what looks like the frame of
 * never_a_caller, with a true return address, as a value left over on the stack does; compiled with FRAMES, it does not. Prints the address of the word; writes once for
 * each line of its input, and prints a line then.
 */
#include <stdio.h>

static volatile long word;
static void *after_call;

__attribute__((noinline)) void remember(void)
{
	after_call = __builtin_return_address(0);
	__asm__ volatile("");
}

/* Called once, before anything is written. */
__attribute__((noinline)) void never_a_caller(void)
{
	remember();
	__asm__ volatile("");
}

__attribute__((noinline)) void innermost(long *frame)
{
#ifdef FRAMES
	(void)frame;
	/* After a call the frame pointer is set. */
	remember();
	word = 7;
	__asm__ volatile("");
#else
	register long *other_use __asm__("rbp") = frame;
	__asm__ volatile("movq $7, %1\n\tnop" : "+r"(other_use) : "m"(word) : "memory");
	/* A separate frame, and no tail call. */
	__asm__ volatile("" : : "r"(other_use));
#endif
}

__attribute__((noinline)) void middle(long *frame)
{
	innermost(frame);
	__asm__ volatile("");
}

__attribute__((noinline)) void outermost(long *frame)
{
	middle(frame);
	__asm__ volatile("");
}

int main(void)
{
	char line[16];
	/* In the part of the stack that is copied. */
	volatile long frame[2];
	never_a_caller();
	frame[0] = (long)frame;
	frame[1] = (long)after_call;
	printf("%p\n", (void *)&word);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		outermost((long *)frame);
		printf("written\n");
		fflush(stdout);
	}
	return 0;
}
