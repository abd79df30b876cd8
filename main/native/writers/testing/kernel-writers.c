/*
 * Lets the kernel write into the pages of `memory` in every way that must continue while they are armed: read, recv, a direct read,
 * io_uring, process_vm_writev by another process, signal frames, mutexes, ends of threads (with default and own stacks), fork.
 * argv[1]: a file for direct reads; argv[2], if any: the mutex inherits priorities. Prints the address of `memory`;
 * then reads commands: `run N` does N rounds and prints how many of the calls failed to do their work, and which.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096L
#define PAGES 128

static char *memory;
static const char *file;
static int failures;
static char first[64];

static void check(int ok, const char *what)
{
	if (ok)
		return;
	if (failures++ == 0)
		snprintf(first, sizeof first, "%s:%s", what, strerrorname_np(errno));
}

static char *page(int i) { return memory + i * PAGE; }

__attribute__((noinline)) static void by_read(void)
{
	int fd = open("/dev/zero", O_RDONLY);
	check(read(fd, page(0), 4 * PAGE) == 4 * PAGE, "read");
	close(fd);
}

__attribute__((noinline)) static void by_recv(void)
{
	int pair[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	check(send(pair[0], file, 8, 0) == 8, "send");
	check(recv(pair[1], page(4), 8, 0) == 8, "recv");
	close(pair[0]);
	close(pair[1]);
}

__attribute__((noinline)) static void by_direct_read(void)
{
	int fd = open(file, O_RDONLY | O_DIRECT);
	check(fd >= 0, "open O_DIRECT");
	check(pread(fd, page(5), 2 * PAGE, 0) == 2 * PAGE, "O_DIRECT");
	check(page(5)[0] == 'x' && page(6)[PAGE - 1] == 'x', "O_DIRECT data");
	page(5)[0] = 0;
	close(fd);
}

static struct {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
} ring;

static int make_ring(void)
{
	struct io_uring_params p = {0};
	ring.fd = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (ring.fd < 0)
		return 0;
	char *sq = mmap(0, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQ_RING);
	char *cq = mmap(0, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			ring.fd, IORING_OFF_CQ_RING);
	ring.sqes = mmap(0, p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, IORING_OFF_SQES);
	ring.sq_tail = (unsigned *)(sq + p.sq_off.tail);
	ring.sq_mask = (unsigned *)(sq + p.sq_off.ring_mask);
	ring.sq_array = (unsigned *)(sq + p.sq_off.array);
	ring.cq_head = (unsigned *)(cq + p.cq_off.head);
	ring.cq_tail = (unsigned *)(cq + p.cq_off.tail);
	ring.cq_mask = (unsigned *)(cq + p.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return 1;
}

__attribute__((noinline)) static void by_io_uring(unsigned flags)
{
	if (ring.fd <= 0)
		return;
	int fd = open(file, O_RDONLY);
	unsigned tail = *ring.sq_tail, index = tail & *ring.sq_mask;
	struct io_uring_sqe *sqe = &ring.sqes[index];
	memset(sqe, 0, sizeof *sqe);
	sqe->opcode = IORING_OP_READ;
	sqe->flags = (unsigned char)flags;
	sqe->fd = fd;
	sqe->addr = (unsigned long)page(8);
	sqe->len = 2 * PAGE;
	ring.sq_array[index] = index;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	check(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) == 1, "io_uring_enter");
	unsigned head = *ring.cq_head;
	while (__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head)
		usleep(100);
	int result = ring.cqes[head & *ring.cq_mask].res;
	errno = result < 0 ? -result : 0;
	check(result == 2 * PAGE, "io_uring");
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	close(fd);
}

/* By a child, into the parent's pages. */
__attribute__((noinline)) static void by_another_process(void)
{
	pid_t parent = getpid(), child = fork();
	if (child == 0) {
		char text[8] = "another";
		struct iovec ours = {text, 8}, theirs = {page(12), 8};
		_exit(process_vm_writev(parent, &ours, 1, &theirs, 1, 0) == 8 ? 0 : errno);
	}
	int status;
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	check(status == 0, "process_vm_writev");
}

static volatile int signals;
static void on_signal(int number) { (void)number; signals++; }

/* The frame is written to armed pages. */
__attribute__((noinline)) static void by_signal(void)
{
	stack_t stack = {.ss_sp = page(16), .ss_size = 16 * PAGE}, old;
	sigaltstack(&stack, &old);
	int before = signals;
	raise(SIGUSR1);
	check(signals == before + 1, "signal");
	sigaltstack(&old, 0);
}

static pthread_mutex_t *mutex;
static long *shared_count;

static void *locker(void *unused)
{
	for (int i = 0; i < 50; i++) {
		int result = pthread_mutex_lock(mutex);
		errno = result;
		check(result == 0, "pthread_mutex_lock");
		++*shared_count;
		if (i % 10 == 0)
			usleep(50);
		pthread_mutex_unlock(mutex);
	}
	return unused;
}

static void *touch(void *argument)
{
	*(long *)page(40) += (long)argument;
	return argument;
}

/* A join waits for the word that the kernel clears when the thread ends. */
__attribute__((noinline)) static void by_threads(void)
{
	pthread_t threads[4];
	long before = *shared_count;
	for (int i = 0; i < 4; i++)
		check(pthread_create(&threads[i], 0, locker, 0) == 0, "pthread_create");
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], 0);
	check(*shared_count == before + 200, "mutex");
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	/* Pages 64 … 127. */
	pthread_attr_setstack(&attr, page(64), 64 * PAGE);
	check(pthread_create(&threads[0], &attr, touch, (void *)1) == 0, "pthread_create");
	pthread_join(threads[0], 0);
	pthread_attr_destroy(&attr);
}

int main(int argc, char **argv)
{
	file = argv[1];
	memory = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 1, PAGES * PAGE);
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	sigaction(SIGUSR1, &action, 0);
	mutex = (pthread_mutex_t *)page(48);
	shared_count = (long *)page(49);
	*shared_count = 0;
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	if (argc > 2)
		pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(mutex, &attr);
	int uring = make_ring();
	printf("%p %d\n", memory, uring);
	fflush(stdout);
	char line[64];
	long rounds;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "run %ld", &rounds) != 1)
			continue;
		failures = 0;
		strcpy(first, "-");
		for (long i = 0; i < rounds; i++) {
			by_read();
			by_recv();
			by_direct_read();
			by_io_uring(0);
			by_io_uring(IOSQE_ASYNC);
			by_another_process();
			by_signal();
			by_threads();
		}
		printf("%d %s\n", failures, first);
		fflush(stdout);
	}
	return 0;
}
