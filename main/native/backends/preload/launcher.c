/*
 * Starts a program for the inspector and is its parent: launcher FLAGS PROGRAM ARGUMENT...
 *
 * FLAGS  t  holds the program at exec until the inspector tracks it, follows exec and holds the exit, for WINDOW_MS
 *        u  takes a userfaultfd of each new address space and sends it over descriptor 4
 *        o  the program belongs to the inspector and is killed when the inspector ends
 *        p  the program inherits descriptor 4 as its descriptor 3
 *        -  none of these
 *
 * Descriptors: 1 and 2 take the program's output while the inspector lives, and drop it afterwards, so that the program
 * neither blocks nor gets SIGPIPE; 3 is a stream of text lines, 4 a SEQPACKET socket for descriptors.
 *
 * To the inspector: "started PID", "failed ERRNO", "armed PID", "untraced PID ERRNO", "exec ERRNO", "replacing",
 * "exiting", "detached", "exited CODE SIGNAL", "child PID NAME" of each child of a wrapper, "children" where children of
 * the program have ended. From the inspector, one byte each: g resumes, d detaches, k kills.
 *
 * Signals are passed on as they arrive. Only the main thread is traced, children are not. See man 2 ptrace.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTROL 3
#define CHANNEL 4
#define WINDOW_MS 5000
#define HOLD_EXEC_MS 10000
#define HOLD_EXIT_MS 2000
#define USER_MODE_ONLY 1 /* linux/userfaultfd.h from 5.11 on */
#define CS_64 0x33
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)
#define MAX_WAITING (4 << 20)

enum held { RUNNING, HELD_EXEC, HELD_ENTRY, HELD_EXIT };

static pid_t child;
static int traced, take, owned, control = CONTROL;
static int started;  /* the program itself runs, no longer the copy of us that is about to exec */
static int reaped, end_status;
static int wrapper;  /* stops at system calls, to hold the program before it calls exec or looks for leaks */
static int leaks;    /* looks for leaks when it ends */
static int in_call;  /* between the entry and the exit of a system call */
static int detaching;
static enum held held;
static long held_until, window_ends;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- output ---- */

struct relay {
	int from, to;
	size_t start, length;
	char *bytes;
};

static struct relay relays[2];
static char scratch[1 << 16];

static void relay_write(struct relay *r)
{
	while (r->to >= 0 && r->length > 0) {
		ssize_t n = send(r->to, r->bytes + r->start, r->length, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			close(r->to);
			r->to = -1;
			r->length = 0;
			return;
		}
		r->start += n;
		r->length -= n;
	}
	r->start = 0;
}

static void relay_read(struct relay *r, int rounds)
{
	while (r->from >= 0 && rounds-- > 0) {
		ssize_t n = read(r->from, scratch, sizeof(scratch));

		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				return;
			n = 0;
		}
		if (n == 0) {
			close(r->from);
			r->from = -1;
			return;
		}
		if (r->to < 0)
			continue;
		if (r->start + r->length + n > MAX_WAITING && r->start > 0) {
			memmove(r->bytes, r->bytes + r->start, r->length);
			r->start = 0;
		}
		/* Output that the inspector reads too slowly is dropped: the program does not wait. */
		if (r->start + r->length + n <= MAX_WAITING) {
			memcpy(r->bytes + r->start + r->length, scratch, n);
			r->length += n;
		}
		relay_write(r);
	}
}

/* ---- messages ---- */

static void report(const char *format, long a, long b)
{
	char line[64];
	int length = snprintf(line, sizeof(line), format, a, b);

	if (control >= 0)
		send(control, line, length, MSG_NOSIGNAL);
}

static int send_descriptor(int fd)
{
	int none = 0;
	struct iovec data = { &none, sizeof(none) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	memset(&space, 0, sizeof(space));
	message.msg_control = &space;
	message.msg_controllen = sizeof(space);
	space.header.cmsg_level = SOL_SOCKET;
	space.header.cmsg_type = SCM_RIGHTS;
	space.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&space.header), &fd, sizeof(int));
	return sendmsg(CHANNEL, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* ---- /proc ---- */

static size_t read_proc_of(long pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	size_t length = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (length < size - 1 && (n = read(fd, buffer + length, size - 1 - length)) > 0)
		length += n;
	buffer[length] = 0;
	close(fd);
	return length;
}

static size_t read_proc(const char *name, char *buffer, size_t size)
{
	return read_proc_of(child, name, buffer, size);
}

/* Field `number` (from 3 on) of /proc/PID/stat; 0 if there is none. */
static long stat_field(long pid, int number)
{
	char stat[1024], *at;

	at = read_proc_of(pid, "stat", stat, sizeof(stat)) ? strrchr(stat, ')') : 0;
	for (; at && number > 2; number--)
		at = strchr(at + 1, ' ');
	return at ? strtol(at + 1, 0, 10) : 0;
}

static unsigned long long status_mask(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), 0, 16) : 0;
}

/* Programs that do little before they call exec: stops at their system calls cost nothing noticeable. */
static int is_wrapper(void)
{
	static const char *const names[] = { "sh", "dash", "bash", "ash", "busybox", "ksh", "mksh", "zsh", "fish", "env",
		"nice", "nohup", "setsid", "stdbuf", "timeout", "taskset", "chrt", "ionice", "setarch", "prlimit", "numactl" };
	char path[64], file[4096], *base;
	ssize_t length;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/exe", child);
	length = readlink(path, file, sizeof(file) - 1);
	if (length <= 0)
		return 0;
	file[length] = 0;
	base = strrchr(file, '/');
	base = base ? base + 1 : file;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(base, names[i]))
			return 1;
	return !strncmp(base, "bash", 4) || !strncmp(base, "zsh", 3);
}

/* Whether the dynamic strings of the program's file, or its LD_PRELOAD, name a runtime that has LeakSanitizer in it. */
static int names_leak_checker(const char *text, size_t length)
{
	static const char *const names[] = { "__asan_init", "__lsan_init", "libasan.so", "liblsan.so" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (memmem(text, length, names[i], strlen(names[i])))
			return 1;
	return 0;
}

/* The place in the file of what is loaded at `address`; -1 if nothing is. */
static long file_offset(const Elf64_Phdr *parts, int count, unsigned long address)
{
	int i;

	for (i = 0; i < count; i++)
		if (parts[i].p_type == PT_LOAD && address >= parts[i].p_vaddr && address - parts[i].p_vaddr < parts[i].p_filesz)
			return parts[i].p_offset + (address - parts[i].p_vaddr);
	return -1;
}

/*
 * Whether the program looks for leaks when it ends (-fsanitize=address, -fsanitize=leak). A process that shares its memory
 * attaches to its threads for that with ptrace, and the program fails if another one traces them.
 */
static int checks_leaks(void)
{
	static char text[1 << 17];
	static Elf64_Phdr parts[64];
	static Elf64_Dyn dynamic[512];
	unsigned long strings = 0, length = 0;
	Elf64_Ehdr header;
	int fd, i, count, found = 0;
	ssize_t size = 0;
	long at;

	if (names_leak_checker(text, read_proc("environ", text, sizeof(text))))
		return 1;
	snprintf(text, sizeof(text), "/proc/%d/exe", child);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (pread(fd, &header, sizeof(header), 0) == sizeof(header) && header.e_ident[EI_CLASS] == ELFCLASS64 &&
		header.e_phentsize == sizeof(*parts)) {
		size = pread(fd, parts, sizeof(parts[0]) * (header.e_phnum < 64 ? header.e_phnum : 64), header.e_phoff);
		count = size < 0 ? 0 : size / sizeof(*parts);
		for (size = 0, i = 0; i < count; i++)
			if (parts[i].p_type == PT_DYNAMIC)
				size = pread(fd, dynamic, parts[i].p_filesz < sizeof(dynamic) ? parts[i].p_filesz :
					sizeof(dynamic), parts[i].p_offset);
		for (i = 0; size > 0 && i < (int)(size / sizeof(*dynamic)) && dynamic[i].d_tag != DT_NULL; i++) {
			if (dynamic[i].d_tag == DT_STRTAB)
				strings = dynamic[i].d_un.d_ptr;
			else if (dynamic[i].d_tag == DT_STRSZ)
				length = dynamic[i].d_un.d_val;
		}
		at = length > 0 ? file_offset(parts, count, strings) : -1;
		/* Pieces overlap, so that no name is cut. */
		while (!found && at >= 0 && length > 0 && (size = pread(fd, text, length < sizeof(text) ? length : sizeof(text), at)) > 0) {
			found = names_leak_checker(text, size);
			size = (size_t)size > 2 * 16 && (size_t)size < length ? size - 16 : size;
			at += size;
			length -= size;
		}
	}
	close(fd);
	return found;
}

/* ---- ptrace ---- */

static void resume(int signal)
{
	ptrace(wrapper ? PTRACE_SYSCALL : PTRACE_CONT, child, 0, (long)signal);
}

/*
 * A call that returns EINTR although no handler of the program runs is made again: only our tracing let it be interrupted.
 * A signal that is ignored does not interrupt the calls of a program without a tracer.
 */
static void restart_call(int signal)
{
	struct user_regs_struct regs;
	static char status[8192];
	unsigned long long bit = signal ? 1ull << (signal - 1) : 0, ignored, caught, waiting;

	if (ptrace(PTRACE_GETREGS, child, 0, &regs) < 0)
		return;
	if ((long long)regs.rax != -EINTR || (long long)regs.orig_rax < 0 || !read_proc("status", status, sizeof(status)))
		return;
	caught = status_mask(status, "SigCgt:");
	ignored = status_mask(status, "SigIgn:") | (~caught & (1ull << (SIGCHLD - 1) | 1ull << (SIGURG - 1) |
		1ull << (SIGWINCH - 1) | 1ull << (SIGCONT - 1)));
	waiting = (status_mask(status, "SigPnd:") | status_mask(status, "ShdPnd:")) & ~status_mask(status, "SigBlk:");
	if ((bit & ~ignored) || (waiting & caught & ~bit))
		return;
	regs.rax = regs.orig_rax;
	regs.orig_rax = -1;
	regs.rip -= 2;
	ptrace(PTRACE_SETREGS, child, 0, &regs);
}

/* Address of a `syscall` instruction, in the vDSO or else in the program's own code; 0 if there is none. */
static unsigned long find_syscall(void)
{
	static char maps[1 << 16], code[1 << 20];
	char *line, *next;
	int vdso;

	read_proc("maps", maps, sizeof(maps));
	for (vdso = 1; vdso >= 0; vdso--) {
		for (line = maps; *line; line = next) {
			unsigned long start, end, at;
			char flags[8];

			next = strchr(line, '\n');
			next = next ? next + 1 : line + strlen(line);
			if (sscanf(line, "%lx-%lx %7s", &start, &end, flags) != 3 || flags[2] != 'x' || flags[0] != 'r')
				continue;
			if (!!memmem(line, next - line, "[vdso]", 6) != vdso || memmem(line, next - line, "[vsyscall]", 10))
				continue;
			for (at = start; at < end; at += sizeof(code) - 1) {
				size_t size = end - at < sizeof(code) ? end - at : sizeof(code);
				struct iovec ours = { code, size }, theirs = { (void *)at, size };
				ssize_t n = process_vm_readv(child, &ours, 1, &theirs, 1, 0);
				char *found = n > 1 ? memmem(code, n, "\x0f\x05", 2) : 0;

				if (found)
					return at + (found - code);
			}
		}
	}
	return 0;
}

static int ended_status, ended_here;
static int kept[16], kept_count;

/* Resumes the stopped program until its next system-call stop. Signals on the way are kept. Returns 0, or -1 at its end. */
static int next_stop(void)
{
	int status;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, 0, 0) < 0)
			return -1;
		if (waitpid(child, &status, __WALL) < 0)
			return -1;
		if (!WIFSTOPPED(status)) {
			ended_here = 1;
			ended_status = status;
			return -1;
		}
		if (WSTOPSIG(status) == SYSCALL_STOP)
			return 0;
		if (status >> 16 == PTRACE_EVENT_EXIT)
			return -1;
		if (status >> 16 == 0 && kept_count < 16)
			kept[kept_count++] = WSTOPSIG(status);
	}
}

static int remote_call(const struct user_regs_struct *from, unsigned long at, long number, long argument, long *result)
{
	struct user_regs_struct regs = *from;

	regs.rax = number;
	regs.rdi = argument;
	regs.orig_rax = -1;
	regs.rip = at;
	if (ptrace(PTRACE_SETREGS, child, 0, &regs) < 0 || next_stop() < 0 || next_stop() < 0)
		return -1;
	if (ptrace(PTRACE_GETREGS, child, 0, &regs) < 0)
		return -1;
	*result = regs.rax;
	return 0;
}

/*
 * The program is at the end of its execve, with the new image in place and none of its instructions run: takes a
 * userfaultfd of it. Returns 0 or an errno; -1 if the program has ended.
 */
static int take_descriptor(void)
{
	const int flags = O_CLOEXEC | O_NONBLOCK;
	struct user_regs_struct regs;
	unsigned long long mask, all = ~0ull;
	unsigned long at;
	long fd, ignored;
	int error = 0, pidfd, copy = -1;

	if (ptrace(PTRACE_GETREGS, child, 0, &regs) < 0)
		return -1;
	if (regs.cs != CS_64)
		return ENOEXEC;
	at = find_syscall();
	if (!at)
		return ENOSYS;
	if (ptrace(PTRACE_GETSIGMASK, child, sizeof(mask), &mask) < 0)
		return -1;
	/* If we are killed in between, the program must not continue with these registers. */
	ptrace(PTRACE_SETOPTIONS, child, 0, OPTIONS | PTRACE_O_EXITKILL);
	ptrace(PTRACE_SETSIGMASK, child, sizeof(all), &all);
	if (remote_call(&regs, at, SYS_userfaultfd, flags, &fd) < 0)
		return -1;
	if (fd == -EPERM && remote_call(&regs, at, SYS_userfaultfd, flags | USER_MODE_ONLY, &fd) < 0)
		return -1;
	if (fd < 0) {
		error = -fd;
	} else {
		pidfd = syscall(SYS_pidfd_open, child, 0);
		copy = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		if (copy < 0)
			error = errno;
		if (pidfd >= 0)
			close(pidfd);
		if (remote_call(&regs, at, SYS_close, fd, &ignored) < 0)
			return -1;
	}
	if (ptrace(PTRACE_SETREGS, child, 0, &regs) < 0)
		return -1;
	ptrace(PTRACE_SETSIGMASK, child, sizeof(mask), &mask);
	ptrace(PTRACE_SETOPTIONS, child, 0, OPTIONS);
	if (copy >= 0) {
		error = send_descriptor(copy);
		close(copy);
	}
	return error;
}

static void hold(enum held what, int milliseconds)
{
	held = what;
	held_until = now_ms() + milliseconds;
}

static void let_go(void)
{
	if (held == RUNNING)
		return;
	if (!window_ends)
		window_ends = now_ms() + WINDOW_MS;
	held = RUNNING;
	if (detaching || control < 0) {
		ptrace(PTRACE_DETACH, child, 0, 0);
		traced = detaching = 0;
		report("detached\n", 0, 0);
	} else {
		resume(0);
	}
}

static void report_end(void)
{
	report("exited %ld %ld\n", WIFEXITED(end_status) ? WEXITSTATUS(end_status) : -1,
		WIFSIGNALED(end_status) ? WTERMSIG(end_status) : 0);
}

static void on_end(int status)
{
	int i;

	reaped = 1;
	traced = 0;
	held = RUNNING;
	for (i = 0; i < 2; i++)
		relay_read(&relays[i], 1 << 10);
	end_status = status;
	if (started)
		report_end();
}

static void on_exec(void)
{
	int error, first = !started;

	in_call = 0;
	kept_count = 0;
	ended_here = 0;
	if (next_stop() < 0)
		goto gone;
	error = take ? take_descriptor() : 0;
	if (error < 0)
		goto gone;
	started = 1;
	leaks = checks_leaks();
	wrapper = leaks || is_wrapper();
	while (kept_count > 0)
		kill(child, kept[--kept_count]);
	if (first && error) {
		traced = 0;
		ptrace(PTRACE_DETACH, child, 0, 0);
		report("untraced %ld %ld\n", child, error);
		return;
	}
	if (first)
		report("armed %ld\n", child, 0);
	else
		report("exec %ld\n", error, 0);
	hold(HELD_EXEC, HOLD_EXEC_MS);
	return;
gone:
	if (first)
		report("started %ld\n", child, 0);
	started = 1;
	if (ended_here)
		on_end(ended_status);
	else
		ptrace(PTRACE_CONT, child, 0, 0);
}

/* The flags of a call that makes a process or a thread; all set for another call. */
static unsigned long long clone_flags(const struct user_regs_struct *regs)
{
	unsigned long long flags = ~0ull;
	struct iovec ours = { &flags, sizeof(flags) }, theirs = { (void *)regs->rdi, sizeof(flags) };

	if (regs->orig_rax == SYS_fork || regs->orig_rax == SYS_vfork)
		return 0;
	if (regs->orig_rax == SYS_clone)
		return regs->rdi;
	if (regs->orig_rax == SYS_clone3)
		process_vm_readv(child, &ours, 1, &theirs, 1, 0);
	return flags;
}

/* At the end of a call: a child is reported, since it may be gone before anything else can see it. */
static void report_child(const struct user_regs_struct *regs)
{
	char name[64], line[128];
	long pid = regs->rax;
	int length;

	if (pid <= 0 || (clone_flags(regs) & CLONE_THREAD) || stat_field(pid, 4) != child)
		return;
	if (read_proc_of(pid, "comm", name, sizeof(name)) == 0)
		return;
	length = snprintf(line, sizeof(line), "child %ld %s", pid, name);
	if (control >= 0)
		send(control, line, length, MSG_NOSIGNAL);
}

static void on_call(void)
{
	struct user_regs_struct regs;
	unsigned long long flags;

	in_call = !in_call;
	if (!started || ptrace(PTRACE_GETREGS, child, 0, &regs) < 0) {
		resume(0);
		return;
	}
	if (!in_call) {
		report_child(&regs);
		resume(0);
		return;
	}
	/* Any thread can look for leaks, and those of others are not followed: nothing may be traced from here on. */
	flags = clone_flags(&regs);
	if (leaks && flags != ~0ull && (flags & CLONE_THREAD)) {
		wrapper = 0;
		traced = detaching = 0;
		ptrace(PTRACE_DETACH, child, 0, 0);
		report("detached\n", 0, 0);
		return;
	}
	if (regs.orig_rax == SYS_execve || regs.orig_rax == SYS_execveat) {
		report("replacing\n", 0, 0);
		hold(HELD_ENTRY, HOLD_EXIT_MS);
		return;
	}
	/* LeakSanitizer starts its tracer. The program's writes are complete, and its threads are released for it. */
	if (regs.orig_rax == SYS_clone && (regs.rdi & CLONE_UNTRACED)) {
		detaching = 1;
		wrapper = 0;
		report("replacing\n", 0, 0);
		hold(HELD_ENTRY, HOLD_EXIT_MS);
		return;
	}
	resume(0);
}

static void on_stop(int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		on_exec();
	} else if (event == PTRACE_EVENT_EXIT) {
		wrapper = 0;
		if (!started) {
			resume(0);
			return;
		}
		/* Page faults of children that it waited for. */
		if (stat_field(child, 11) > 0)
			report("children\n", 0, 0);
		report("exiting\n", 0, 0);
		hold(HELD_EXIT, HOLD_EXIT_MS);
	} else if (event == PTRACE_EVENT_STOP) {
		int stopped = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;

		if (detaching) {
			if (!stopped)
				restart_call(0);
			ptrace(PTRACE_DETACH, child, 0, 0);
			traced = detaching = 0;
			report("detached\n", 0, 0);
		} else if (stopped) {
			ptrace(PTRACE_LISTEN, child, 0, 0);
		} else {
			restart_call(0);
			resume(0);
		}
	} else if (signal == SYSCALL_STOP) {
		on_call();
	} else {
		restart_call(signal);
		resume(signal);
	}
}

static void collect(void)
{
	int status;

	while (!reaped && held == RUNNING && waitpid(child, &status, __WALL | WNOHANG) == child) {
		if (WIFSTOPPED(status))
			on_stop(status);
		else
			on_end(status);
	}
	/* Killed while it was stopped. */
	if (!reaped && held != RUNNING && waitpid(child, &status, __WALL | WNOHANG) == child) {
		held = RUNNING;
		if (WIFSTOPPED(status))
			on_stop(status);
		else
			on_end(status);
	}
}

static void detach(void)
{
	if (!traced || detaching)
		return;
	detaching = 1;
	wrapper = 0;
	if (held == HELD_EXEC || held == HELD_ENTRY)
		let_go();
	else if (held == RUNNING && ptrace(PTRACE_INTERRUPT, child, 0, 0) < 0) {
		/* Another thread than the traced one called exec. */
		traced = detaching = 0;
		report("detached\n", 0, 0);
	}
}

static void on_control(void)
{
	char command;
	ssize_t n = recv(control, &command, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(control);
		control = -1;
		if (owned && !reaped)
			kill(child, SIGKILL);
		if (held != RUNNING)
			let_go();
		else
			detach();
	} else if (command == 'g') {
		let_go();
	} else if (command == 'd') {
		if (traced)
			detach();
		else
			report("detached\n", 0, 0);
	} else if (command == 'k' && !reaped) {
		kill(child, SIGKILL);
	}
}

/* ---- start ---- */

static int fail(int error)
{
	report("failed %ld\n", error, 0);
	return 1;
}

int main(int argc, char **argv)
{
	int out[2][2], sync[2], failed[2], pass, i, error = 0, signals, untraced = 0;
	sigset_t chld, before;
	char byte = 0;

	if (argc < 3)
		return 2;
	traced = !!strchr(argv[1], 't');
	take = !!strchr(argv[1], 'u');
	owned = !!strchr(argv[1], 'o');
	pass = !!strchr(argv[1], 'p');
	fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
	fcntl(CHANNEL, F_SETFD, FD_CLOEXEC);
	if (pipe2(out[0], O_CLOEXEC) < 0 || pipe2(out[1], O_CLOEXEC) < 0 || pipe2(sync, O_CLOEXEC) < 0 ||
		pipe2(failed, O_CLOEXEC) < 0)
		return fail(errno);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	child = fork();
	if (child < 0)
		return fail(errno);
	if (child == 0) {
		setsid();
		sigprocmask(SIG_SETMASK, &before, 0);
		dup2(out[0][1], 1);
		dup2(out[1][1], 2);
		while (read(sync[0], &byte, 1) < 0 && errno == EINTR)
			;
		if (pass)
			dup2(CHANNEL, 3);
		execvp(argv[2], argv + 2);
		error = errno;
		while (write(failed[1], &error, sizeof(error)) < 0 && errno == EINTR)
			;
		_exit(127);
	}
	for (i = 0; i < 2; i++) {
		close(out[i][1]);
		fcntl(out[i][0], F_SETFL, O_NONBLOCK);
		relays[i].from = out[i][0];
		relays[i].to = fcntl(1 + i, F_DUPFD_CLOEXEC, 5);
		relays[i].bytes = malloc(MAX_WAITING);
		if (!relays[i].bytes)
			return fail(ENOMEM);
	}
	/* The relays hold the only copies: closing one is the end of the stream in the inspector. */
	i = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(i, 1);
	dup2(i, 2);
	close(i);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (pass)
		close(CHANNEL);
	close(failed[1]);
	close(sync[0]);
	fcntl(failed[0], F_SETFL, O_NONBLOCK);
	if (traced && ptrace(PTRACE_SEIZE, child, 0, OPTIONS) < 0) {
		traced = 0;
		untraced = errno;
	}
	if (write(sync[1], &byte, 1) < 0)
		return fail(errno);
	close(sync[1]);
	for (;;) {
		struct pollfd fds[] = {
			{ signals, POLLIN, 0 },
			{ control, POLLIN, 0 },
			{ relays[0].from, POLLIN, 0 },
			{ relays[1].from, POLLIN, 0 },
			{ relays[0].length ? relays[0].to : -1, POLLOUT, 0 },
			{ relays[1].length ? relays[1].to : -1, POLLOUT, 0 },
			{ started ? -1 : failed[0], POLLIN, 0 },
		};
		long time = now_ms(), until = held != RUNNING ? held_until :
			traced && !detaching && window_ends ? window_ends : -1;
		int timeout = until < 0 ? -1 : until > time ? (int)(until - time) : 0;
		struct signalfd_siginfo info;

		if (poll(fds, 7, timeout) < 0 && errno != EINTR)
			return 1;
		while (read(signals, &info, sizeof(info)) > 0)
			;
		collect();
		if (!started && fds[6].revents) {
			if (read(failed[0], &error, sizeof(error)) == sizeof(error)) {
				fail(error);
				kill(child, SIGKILL);
				return 1;
			}
			/* Closed by exec. */
			if (!traced) {
				started = 1;
				if (untraced)
					report("untraced %ld %ld\n", child, untraced);
				else
					report("started %ld\n", child, 0);
				if (reaped)
					report_end();
			}
		}
		if (control >= 0 && fds[1].revents)
			on_control();
		for (i = 0; i < 2; i++) {
			if (fds[4 + i].revents)
				relay_write(&relays[i]);
			if (fds[2 + i].revents)
				relay_read(&relays[i], 16);
			/* Children that are still running may write: their output is dropped. */
			if (reaped && relays[i].length == 0 && relays[i].to >= 0) {
				close(relays[i].to);
				relays[i].to = -1;
			}
		}
		time = now_ms();
		if (held != RUNNING && time >= held_until)
			let_go();
		if (traced && !detaching && held == RUNNING && window_ends && time >= window_ends)
			detach();
		if (reaped && relays[0].from < 0 && relays[1].from < 0 && relays[0].to < 0 && relays[1].to < 0)
			return 0;
	}
}
