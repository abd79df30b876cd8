/*
 * Waits in one blocking call and prints how it ended: blocking-calls CALL SECONDS.
 * Prints "READY", then "CALL ok", or the error: an early return, or another result than without a tracer.
 * Without arguments: the names of all calls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds;
static struct timespec span;
static struct timeval span_us;
static int pair[2];
static int ends[2];
static int ep;
static struct epoll_event event;
static char bytes[1 << 16];
static sigset_t usr1;
static char path[64];
static double began;

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static struct timespec after(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  t.tv_sec += span.tv_sec + (t.tv_nsec + span.tv_nsec) / 1000000000;
  t.tv_nsec = (t.tv_nsec + span.tv_nsec) % 1000000000;
  return t;
}

static void ready(void) {
  puts("READY");
  fflush(stdout);
  /* At the last tick: the kernel counts timeouts of sockets in ticks, which are late on an emulated machine. */
  began = now(CLOCK_MONOTONIC_COARSE);
}

/* Forks a child that acts after a delay; returns 1 in the child after it. */
static int later(void) {
  if (fork() != 0) return 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  usleep(seconds * 1.05e6);
  return 1;
}

static void nothing(int signal) { (void)signal; }

static void timeout_of(int fd, int option) { setsockopt(fd, SOL_SOCKET, option, &span_us, sizeof span_us); }

static int listener(struct sockaddr_un *address, int backlog) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf(address->sun_path + 1, 50, "blocking-calls-%d", getpid());
  bind(fd, (void *)address, sizeof *address);
  listen(fd, backlog);
  return fd;
}

/* Each waits and returns 0 with errno 0, or -1 with the errno of a timeout. */
struct call {
  const char *name;
  long (*wait)(void);
  /* errno without a tracer; 0: it succeeds. */
  int expected;
};

static long c_epoll_wait(void) { return epoll_wait(ep, &event, 1, seconds * 1000); }
static long c_epoll_pwait(void) { return epoll_pwait(ep, &event, 1, seconds * 1000, &usr1); }
static long c_epoll_pwait2(void) { return syscall(441, ep, &event, 1, &span, NULL, 0); }
static long c_epoll_endless(void) {
  if (later()) _exit(write(pair[1], "x", 1) != 1);
  return epoll_wait(ep, &event, 1, -1) - 1;
}
static long c_poll(void) {
  struct pollfd fd = {pair[0], POLLIN, 0};
  return poll(&fd, 1, seconds * 1000);
}
static long c_ppoll(void) {
  struct pollfd fd = {pair[0], POLLIN, 0};
  return ppoll(&fd, 1, &span, &usr1);
}
static long c_select(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pair[0], &set);
  struct timeval t = span_us;
  return select(pair[0] + 1, &set, 0, 0, &t);
}
static long c_pselect(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pair[0], &set);
  return pselect(pair[0] + 1, &set, 0, 0, &span, &usr1);
}
static long c_recv(void) {
  timeout_of(pair[0], SO_RCVTIMEO);
  return recv(pair[0], bytes, 1, 0);
}
static long c_recvmsg(void) {
  timeout_of(pair[0], SO_RCVTIMEO);
  struct iovec vector = {bytes, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  return recvmsg(pair[0], &message, 0);
}
static long c_read_socket(void) {
  timeout_of(pair[0], SO_RCVTIMEO);
  return read(pair[0], bytes, 1);
}
static long c_recv_endless(void) {
  if (later()) _exit(write(pair[1], "x", 1) != 1);
  return recv(pair[0], bytes, 1, 0) - 1;
}
static long c_accept(void) {
  struct sockaddr_un address;
  int fd = listener(&address, 1);
  timeout_of(fd, SO_RCVTIMEO);
  return accept(fd, 0, 0);
}
static long c_connect(void) {
  struct sockaddr_un address;
  listener(&address, 0);
  connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  timeout_of(fd, SO_SNDTIMEO);
  return connect(fd, (void *)&address, sizeof address);
}
static long c_send(void) {
  while (send(pair[0], bytes, 4096, MSG_DONTWAIT) > 0);
  timeout_of(pair[0], SO_SNDTIMEO);
  return send(pair[0], bytes, 1, 0);
}
static long c_sendmsg(void) {
  while (send(pair[0], bytes, 4096, MSG_DONTWAIT) > 0);
  timeout_of(pair[0], SO_SNDTIMEO);
  struct iovec vector = {bytes, 1};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  return sendmsg(pair[0], &message, 0);
}
static long c_nanosleep(void) { return nanosleep(&span, 0); }
static long c_clock_nanosleep(void) {
  errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &span, 0);
  return errno ? -1 : 0;
}
static long c_clock_nanosleep_until(void) {
  struct timespec until = after(CLOCK_MONOTONIC);
  errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0);
  return errno ? -1 : 0;
}
static long c_semop(void) {
  int id = semget(IPC_PRIVATE, 1, 0600);
  struct sembuf take = {0, -1, 0}, give = {0, 1, 0};
  if (later()) _exit(semop(id, &give, 1));
  long result = semop(id, &take, 1);
  int error = errno;
  semctl(id, 0, IPC_RMID);
  errno = error;
  return result;
}
static long c_semtimedop(void) {
  int id = semget(IPC_PRIVATE, 1, 0600);
  struct sembuf take = {0, -1, 0};
  long result = semtimedop(id, &take, 1, &span);
  int error = errno;
  semctl(id, 0, IPC_RMID);
  errno = error;
  return result;
}
static long c_sigtimedwait(void) {
  sigprocmask(SIG_BLOCK, &usr1, 0);
  return sigtimedwait(&usr1, 0, &span);
}
static long c_sigwaitinfo(void) {
  sigprocmask(SIG_BLOCK, &usr1, 0);
  if (later()) _exit(kill(getppid(), SIGUSR1));
  return sigwaitinfo(&usr1, 0) - SIGUSR1;
}
static long c_signalfd(void) {
  sigprocmask(SIG_BLOCK, &usr1, 0);
  if (later()) _exit(kill(getppid(), SIGUSR1));
  return read(signalfd(-1, &usr1, 0), bytes, sizeof bytes) - sizeof(struct signalfd_siginfo);
}
struct message {
  long type;
  char text[8192];
};
static long c_msgrcv(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  struct message message = {.type = 1};
  if (later()) _exit(msgsnd(id, &message, 8, 0));
  long result = msgrcv(id, &message, 8, 0, 0) - 8;
  int error = errno;
  msgctl(id, IPC_RMID, 0);
  errno = error;
  return result;
}
static long c_msgsnd(void) {
  int id = msgget(IPC_PRIVATE, 0600);
  struct message message = {.type = 1};
  while (msgsnd(id, &message, 4096, IPC_NOWAIT) == 0);
  if (later()) _exit(msgrcv(id, &message, 4096, 0, 0) < 0);
  long result = msgsnd(id, &message, 4096, 0);
  int error = errno;
  msgctl(id, IPC_RMID, 0);
  errno = error;
  return result;
}
static int word;
static long c_futex(void) { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &span); }
static long c_futex_bitset(void) {
  struct timespec until = after(CLOCK_MONOTONIC);
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, &until, 0, -1);
}
static long c_futex_waitv(void) {
  struct {
    unsigned long value, address;
    unsigned flags, reserved;
  } one = {0, (long)&word, 2, 0};
  struct timespec until = after(CLOCK_MONOTONIC);
  return syscall(449, &one, 1, 0, &until, CLOCK_MONOTONIC);
}
static mqd_t queue(void) {
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
  snprintf(path, sizeof path, "/blocking-calls-%d", getpid());
  mqd_t fd = mq_open(path, O_CREAT | O_RDWR, 0600, &attributes);
  mq_unlink(path);
  return fd;
}
static long c_mq_receive(void) {
  mqd_t fd = queue();
  struct timespec until = after(CLOCK_REALTIME);
  return mq_timedreceive(fd, bytes, 64, 0, &until);
}
static long c_mq_send(void) {
  mqd_t fd = queue();
  mq_send(fd, bytes, 64, 0);
  struct timespec until = after(CLOCK_REALTIME);
  return mq_timedsend(fd, bytes, 64, 0, &until);
}
static long c_timerfd(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  struct itimerspec once = {{0, 0}, span};
  timerfd_settime(fd, 0, &once, 0);
  return read(fd, bytes, 8) - 8;
}
static long c_inotify(void) {
  snprintf(path, sizeof path, "/tmp/blocking-calls-%d", getpid());
  mkdir(path, 0700);
  int fd = inotify_init();
  inotify_add_watch(fd, path, IN_DELETE_SELF);
  if (later()) _exit(rmdir(path));
  return read(fd, bytes, sizeof bytes) > 0 ? 0 : -1;
}
static long c_eventfd(void) {
  int fd = eventfd(0, 0);
  if (later()) _exit(eventfd_write(fd, 1));
  return read(fd, bytes, 8) - 8;
}
static long c_pipe(void) {
  if (later()) _exit(write(ends[1], "x", 1) != 1);
  return read(ends[0], bytes, 1) - 1;
}
static long c_pipe_full(void) {
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], bytes, 4096) > 0);
  fcntl(ends[1], F_SETFL, 0);
  if (later()) _exit(read(ends[0], bytes, 8192) < 0);
  return write(ends[1], bytes, 4096) - 4096;
}
static long c_fifo(void) {
  snprintf(path, sizeof path, "/tmp/blocking-calls-%d", getpid());
  mkfifo(path, 0600);
  if (later()) {
    int fd = open(path, O_WRONLY);
    unlink(path);
    _exit(fd < 0);
  }
  return open(path, O_RDONLY) < 0 ? -1 : 0;
}
static long c_pause(void) {
  signal(SIGALRM, nothing);
  struct itimerval once = {{0, 0}, span_us};
  setitimer(ITIMER_REAL, &once, 0);
  return pause();
}
static long c_sigsuspend(void) {
  signal(SIGALRM, nothing);
  struct itimerval once = {{0, 0}, span_us};
  setitimer(ITIMER_REAL, &once, 0);
  return sigsuspend(&usr1);
}
/* Only the wait unblocks the signal, so its EINTR must not be lost. */
static long c_epoll_pwait_signal(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_BLOCK, &usr1, 0);
  signal(SIGUSR1, nothing);
  if (later()) _exit(kill(getppid(), SIGUSR1));
  return epoll_pwait(ep, &event, 1, 1000 * 1000, &none);
}
static long c_epoll_signal(void) {
  signal(SIGALRM, nothing);
  struct itimerval once = {{0, 0}, span_us};
  setitimer(ITIMER_REAL, &once, 0);
  return epoll_wait(ep, &event, 1, 1000 * 1000);
}
/* An ignored signal does not end the wait. */
static long c_epoll_ignored(void) {
  signal(SIGUSR2, SIG_IGN);
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      kill(getppid(), SIGUSR2);
      kill(getppid(), SIGWINCH);
      usleep(500);
    }
  }
  return epoll_wait(ep, &event, 1, seconds * 1000);
}
static long c_flock(void) {
  snprintf(path, sizeof path, "/tmp/blocking-calls-%d", getpid());
  int held = open(path, O_CREAT | O_RDWR, 0600);
  flock(held, LOCK_EX);
  if (later()) {
    flock(held, LOCK_UN);
    _exit(0);
  }
  int fd = open(path, O_RDWR);
  unlink(path);
  return flock(fd, LOCK_EX);
}
static long c_fcntl_lock(void) {
  snprintf(path, sizeof path, "/tmp/blocking-calls-%d", getpid());
  int held = open(path, O_CREAT | O_RDWR, 0600);
  struct flock all = {.l_type = F_WRLCK};
  fcntl(held, F_OFD_SETLK, &all);
  if (later()) {
    all.l_type = F_UNLCK;
    _exit(fcntl(held, F_OFD_SETLK, &all));
  }
  int fd = open(path, O_RDWR);
  unlink(path);
  return fcntl(fd, F_OFD_SETLKW, &all);
}
static long c_wait4(void) {
  if (later()) _exit(0);
  return wait4(-1, 0, 0, 0) > 0 ? 0 : -1;
}
static long c_waitid(void) {
  siginfo_t info;
  if (later()) _exit(0);
  return waitid(P_ALL, 0, &info, WEXITED);
}
static int ring(void) {
  struct io_uring_params parameters = {0};
  return syscall(SYS_io_uring_setup, 4, &parameters);
}
static long c_io_uring(void) {
  struct io_uring_getevents_arg argument = {.ts = (long)&span};
  return syscall(SYS_io_uring_enter, ring(), 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                 sizeof argument);
}
static long c_io_getevents(void) {
  aio_context_t context = 0;
  struct io_event found;
  if (syscall(SYS_io_setup, 4, &context) < 0) return -1;
  return syscall(SYS_io_getevents, context, 1, 1, &found, &span);
}

static const struct call CALLS[] = {
    {"epoll_wait", c_epoll_wait, 0},
    {"epoll_pwait", c_epoll_pwait, 0},
    {"epoll_pwait2", c_epoll_pwait2, 0},
    {"epoll_endless", c_epoll_endless, 0},
    {"epoll_ignored", c_epoll_ignored, 0},
    {"epoll_signal", c_epoll_signal, EINTR},
    {"epoll_pwait_signal", c_epoll_pwait_signal, EINTR},
    {"poll", c_poll, 0},
    {"ppoll", c_ppoll, 0},
    {"select", c_select, 0},
    {"pselect", c_pselect, 0},
    {"recv", c_recv, EAGAIN},
    {"recvmsg", c_recvmsg, EAGAIN},
    {"read_socket", c_read_socket, EAGAIN},
    {"recv_endless", c_recv_endless, 0},
    {"accept", c_accept, EAGAIN},
    {"connect", c_connect, EAGAIN},
    {"send", c_send, EAGAIN},
    {"sendmsg", c_sendmsg, EAGAIN},
    {"nanosleep", c_nanosleep, 0},
    {"clock_nanosleep", c_clock_nanosleep, 0},
    {"clock_nanosleep_until", c_clock_nanosleep_until, 0},
    {"semop", c_semop, 0},
    {"semtimedop", c_semtimedop, EAGAIN},
    {"sigtimedwait", c_sigtimedwait, EAGAIN},
    {"sigwaitinfo", c_sigwaitinfo, 0},
    {"signalfd", c_signalfd, 0},
    {"msgrcv", c_msgrcv, 0},
    {"msgsnd", c_msgsnd, 0},
    {"futex", c_futex, ETIMEDOUT},
    {"futex_bitset", c_futex_bitset, ETIMEDOUT},
    {"futex_waitv", c_futex_waitv, ETIMEDOUT},
    {"mq_receive", c_mq_receive, ETIMEDOUT},
    {"mq_send", c_mq_send, ETIMEDOUT},
    {"timerfd", c_timerfd, 0},
    {"inotify", c_inotify, 0},
    {"eventfd", c_eventfd, 0},
    {"pipe", c_pipe, 0},
    {"pipe_full", c_pipe_full, 0},
    {"fifo", c_fifo, 0},
    {"pause", c_pause, EINTR},
    {"sigsuspend", c_sigsuspend, EINTR},
    {"flock", c_flock, 0},
    {"fcntl_lock", c_fcntl_lock, 0},
    {"wait4", c_wait4, 0},
    {"waitid", c_waitid, 0},
    {"io_uring", c_io_uring, ETIME},
    {"io_getevents", c_io_getevents, 0},
};
#define COUNT (sizeof CALLS / sizeof *CALLS)

int main(int count, char **arguments) {
  if (count < 3) {
    for (size_t i = 0; i < COUNT; i++) puts(CALLS[i].name);
    return 0;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  seconds = atof(arguments[2]);
  span = (struct timespec){(long)seconds, (seconds - (long)seconds) * 1e9};
  span_us = (struct timeval){span.tv_sec, span.tv_nsec / 1000};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || pipe(ends)) return 2;
  ep = epoll_create1(0);
  event.events = EPOLLIN;
  epoll_ctl(ep, EPOLL_CTL_ADD, pair[0], &event);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  for (size_t i = 0; i < COUNT; i++) {
    const struct call *call = &CALLS[i];
    if (strcmp(call->name, arguments[1])) continue;
    ready();
    errno = 0;
    long result = call->wait();
    int error = result == -1 ? errno : 0;
    double passed = now(CLOCK_MONOTONIC) - began;
    if (error != call->expected || (result != 0 && result != -1)) {
      printf("%s returned %ld, %s, after %.3f of %.3f s\n", call->name, result, strerror(error), passed, seconds);
    } else if (passed < seconds - 0.01) {
      printf("%s returned after %.3f of %.3f s\n", call->name, passed, seconds);
    } else {
      printf("%s ok\n", call->name);
    }
    return 0;
  }
  return 2;
}
