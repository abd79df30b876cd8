/** Numbers of the Linux ABI on x86-64, by header. */

/** System call numbers (asm/unistd_64.h). */
export const SYS = {
  read: 0,
  write: 1,
  close: 3,
  poll: 7,
  mmap: 9,
  mprotect: 10,
  munmap: 11,
  brk: 12,
  ioctl: 16,
  pread64: 17,
  readv: 19,
  writev: 20,
  fcntl: 72,
  sched_yield: 24,
  sched_setscheduler: 144,
  sched_getscheduler: 145,
  mremap: 25,
  madvise: 28,
  nanosleep: 35,
  getpid: 39,
  sendfile: 40,
  connect: 42,
  accept: 43,
  sendto: 44,
  recvfrom: 45,
  sendmsg: 46,
  recvmsg: 47,
  getsockopt: 55,
  rt_sigaction: 13,
  wait4: 61,
  kill: 62,
  semop: 65,
  msgsnd: 69,
  msgrcv: 70,
  ptrace: 101,
  flock: 73,
  prctl: 157,
  futex: 202,
  io_getevents: 208,
  restart_syscall: 219,
  semtimedop: 220,
  clock_gettime: 228,
  clock_nanosleep: 230,
  rt_sigtimedwait: 128,
  exit_group: 231,
  epoll_wait: 232,
  waitid: 247,
  epoll_pwait: 281,
  accept4: 288,
  eventfd2: 290,
  get_robust_list: 274,
  splice: 275,
  recvmmsg: 299,
  sendmmsg: 307,
  perf_event_open: 298,
  process_vm_readv: 310,
  process_vm_writev: 311,
  kcmp: 312,
  userfaultfd: 323,
  io_uring_enter: 426,
  pidfd_open: 434,
  pidfd_getfd: 438,
  process_madvise: 440,
  epoll_pwait2: 441,
} as const;

/** errno values that the code distinguishes (asm-generic/errno*.h). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  ETIME: 62,
  EINPROGRESS: 115,
  EMFILE: 24,
  ENOSPC: 28,
  ENOTTY: 25,
  EOPNOTSUPP: 95,
  ENOSYS: 38,
  EOVERFLOW: 75,
} as const;

/** What a system call interrupted by a stop holds in rax until the kernel restarts it (linux/errno.h, internal). */
export const RESTART = {
  ERESTARTSYS: 512,
  ERESTARTNOINTR: 513,
  ERESTARTNOHAND: 514,
  ERESTART_RESTARTBLOCK: 516,
} as const;

/** ioctl requests (linux/fs.h, linux/userfaultfd.h). */
export const IOCTL = {
  PAGEMAP_SCAN: 0xc0606610,
  PROCMAP_QUERY: 0xc0686611,
  UFFDIO_API: 0xc018aa3f,
  UFFDIO_REGISTER: 0xc020aa00,
  UFFDIO_UNREGISTER: 0x8010aa01,
  UFFDIO_WAKE: 0x8010aa02,
  UFFDIO_WRITEPROTECT: 0xc018aa06,
} as const;

export { PAGE_IS, PM_SCAN } from '#shared/memory/uapi.ts';

/** Operations of flock(2), asm-generic/fcntl.h. */
export const LOCK = { EX: 2, NB: 4 } as const;

/** asm-generic/socket.h */
export const SO = { SOL_SOCKET: 1, RCVTIMEO: 20, SNDTIMEO: 21, DOMAIN: 39 } as const;

/** Flags of io_uring_enter (linux/io_uring.h). */
export const IORING_ENTER = { EXT_ARG: 8, ABS_TIMER: 32, EXT_ARG_REG: 64 } as const;

/** Categories of our own in a RegionList, beside the kernel's PAGE_IS: see the planes of the same names. */
export const PAGE_WAS = {
  TOUCHED: 0x1000_0000,
  HOT: 0x2000_0000,
  GONE: 0x4000_0000,
} as const;

/** linux/userfaultfd.h */
export const UFFD = {
  API: 0xaa,
  USER_MODE_ONLY: 1,
  O_CLOEXEC: 0x80000,
  O_NONBLOCK: 0x800,
  REGISTER_MODE_WP: 2,
  WRITEPROTECT_MODE_WP: 1,
  EVENT_PAGEFAULT: 0x12,
  FEATURE_PAGEFAULT_FLAG_WP: 1 << 0,
  FEATURE_THREAD_ID: 1 << 8,
  FEATURE_EXACT_ADDRESS: 1 << 11,
  FEATURE_WP_HUGETLBFS_SHMEM: 1 << 12,
  FEATURE_WP_UNPOPULATED: 1 << 13,
  FEATURE_WP_ASYNC: 1 << 15,
} as const;

/** linux/ptrace.h, linux/elf.h */
export const PTRACE = {
  GETREGS: 12,
  SETREGS: 13,
  DETACH: 17,
  SYSCALL: 24,
  GETREGSET: 0x4204,
  SEIZE: 0x4206,
  INTERRUPT: 0x4207,
  GETSIGINFO: 0x4202,
  GETSIGMASK: 0x420a,
  SETSIGMASK: 0x420b,
  GET_RSEQ_CONFIGURATION: 0x420f,
  GET_SYSCALL_USER_DISPATCH_CONFIG: 0x4211,
  O_TRACESYSGOOD: 1,
  EVENT_STOP: 128,
  /** SIGTRAP | 0x80: a system-call stop under TRACESYSGOOD. */
  SYSCALL_STOP: 0x85,
  NT_X86_XSTATE: 0x202,
} as const;

/** linux/wait.h, asm-generic/siginfo.h */
export const WAIT = {
  NOHANG: 1,
  STOPPED: 2,
  EXITED: 4,
  NOWAIT: 0x01000000,
  ALL: 0x40000000,
  P_PID: 1,
  CLD_TRAPPED: 4,
  CLD_STOPPED: 5,
} as const;

/** Places of registers in user_regs_struct, 27 words of 64 bits (sys/user.h). */
export const REG = {
  r15: 0,
  r14: 1,
  r13: 2,
  r12: 3,
  rbp: 4,
  rbx: 5,
  r11: 6,
  r10: 7,
  r9: 8,
  r8: 9,
  rax: 10,
  rcx: 11,
  rdx: 12,
  rsi: 13,
  rdi: 14,
  orig_rax: 15,
  rip: 16,
  cs: 17,
  eflags: 18,
  rsp: 19,
  ss: 20,
} as const;
export const REGISTER_COUNT = 27;
/** Code segment of a thread that runs 64-bit code. */
export const CS_64 = 0x33n;

/** linux/mman.h */
export const MMAP = {
  PROT_NONE: 0,
  PROT_READ: 1,
  PROT_WRITE: 2,
  PROT_EXEC: 4,
  MAP_SHARED: 1,
  MAP_PRIVATE: 2,
  MAP_FIXED: 0x10,
  MAP_ANONYMOUS: 0x20,
  MAP_NORESERVE: 0x4000,
  MADV_DONTNEED: 4,
  MADV_HUGEPAGE: 14,
  MADV_NOHUGEPAGE: 15,
  MREMAP_MAYMOVE: 1,
} as const;

/** Advice for process_madvise (linux/mman.h). */
export const MADV = { COLLAPSE: 25 } as const;
