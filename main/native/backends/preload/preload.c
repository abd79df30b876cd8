/*
 * Loaded into a program that the inspector launches (LD_PRELOAD): makes a userfaultfd for the program's own address
 * space, sends it to the inspector over the Unix socket that it inherited, and leaves no trace: descriptors are closed,
 * both variables are gone before the program's own code runs.
 *
 * SOFT_DIRTY_INSPECTOR="N"   the socket is descriptor N
 * SOFT_DIRTY_INSPECTOR="Nw"  the same, and the program waits (5 s at most) until the inspector has begun to watch it
 *
 * Linked without libraries: the few functions it calls, which every libc has, are those of the program's own libc.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VARIABLE "SOFT_DIRTY_INSPECTOR"
#define USER_MODE_ONLY 1 /* linux/userfaultfd.h from 5.11 on */
#define WAIT_MS 5000

static int make_userfaultfd(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	/* Kernel faults are tracked too; no fault is handled in user space. */
	if (fd < 0 && errno == EPERM)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | USER_MODE_ONLY);
	return fd;
}

/* One message: errno (0 if all is well) and, with 0, the descriptor. */
static int send_descriptor(int socket, int fd, int error)
{
	struct iovec data = { &error, sizeof(error) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof(error);
}

/* The value of LD_PRELOAD before the inspector put this library in front. */
static void restore_preload(void)
{
	char *list = getenv("LD_PRELOAD");
	char *rest = list ? strchr(list, ':') : 0;

	if (rest)
		memmove(list, rest + 1, strlen(rest));
	else
		unsetenv("LD_PRELOAD");
}

__attribute__((constructor)) static void preload(void)
{
	const char *value = getenv(VARIABLE);
	int kept = errno;
	int socket, fd, wait;

	if (!value)
		return;
	for (socket = 0; *value >= '0' && *value <= '9'; value++)
		socket = socket * 10 + (*value - '0');
	wait = *value == 'w';
	unsetenv(VARIABLE);
	restore_preload();

	fd = make_userfaultfd();
	if (send_descriptor(socket, fd, fd < 0 ? errno : 0) && wait && fd >= 0) {
		struct pollfd answer = { .fd = socket, .events = POLLIN };

		/* Waits for the answer; returns at once if the inspector ends. */
		poll(&answer, 1, WAIT_MS);
	}
	if (fd >= 0)
		close(fd);
	close(socket);
	errno = kept;
}
