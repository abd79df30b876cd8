import { readdirSync } from 'node:fs';
import { statusName } from './names.ts';
import { readProc } from './proc-files.ts';

/** What `/proc/PID/status` and `stat` report of a process or thread (man 5 proc). */
export interface ProcessStatus {
  /** The name that the program set: any characters. */
  readonly name: string;
  /** R, S, D, T, t, Z, X, I. */
  readonly state: string;
  /** The process that this thread belongs to. */
  readonly tgid: number;
  readonly ppid: number;
  /** 0 if it is not traced. */
  readonly tracerPid: number;
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[];
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number;
  /** Signals pending for this thread, for the whole process, and blocked: bit n - 1 is signal n. */
  readonly pending: bigint;
  readonly sharedPending: bigint;
  readonly blocked: bigint;
  readonly capEffective: bigint;
  readonly threads: number;
  /** Whether it has an address space; kernel threads and zombies have none. */
  readonly hasMemory: boolean;
  readonly kernelThread: boolean;
  /** CET shadow stacks are on in this thread. */
  readonly shadowStack: boolean;
  /** Resident memory in bytes. */
  readonly residentBytes: number;
}

/** PF_KTHREAD of the flags in stat: 6.10 and later have `Kthread:` in status too. */
const PF_KTHREAD = 0x00200000;
/** A thread that the kernel runs for the program (io_uring, vhost): never returns to user mode, cannot be stopped. */
const PF_USER_WORKER = 0x00004010;

/** Status of process `pid`, or of its thread `tid`; null if there is none. */
export function readStatus(pid: number, tid?: number): ProcessStatus | null {
  const folder = tid === undefined ? '' : `task/${tid}/`;
  const text = readProc(pid, `${folder}status`);
  return text === null ? null : parseStatus(text, readFlags(pid, folder));
}

/**
 * The id under which the memory of process `pid` is found in /proc: its own, or that of another thread if the main
 * thread, whose files are then empty, has ended. Every thread has a folder /proc/TID, although it is not listed.
 */
export function memoryThread(pid: number): number {
  if (!'ZX'.includes(readStatus(pid)?.state ?? 'R')) return pid;
  return threadsOf(pid).find((tid) => readStatus(pid, tid)?.hasMemory === true) ?? pid;
}

/** The threads of process `pid`, including zombies; none if there is no such process. */
export function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Whether process `pid` is ending or has ended: its memory is gone, and no other thread of it is left. */
export function hasEnded(pid: number): boolean {
  const status = readStatus(pid);
  return !status || ('ZX'.includes(status.state) ? status.threads <= 1 : !status.hasMemory);
}

/** The task flags of /proc/PID/stat, field 9. */
function readFlags(pid: number, folder: string): number {
  const text = readProc(pid, `${folder}stat`);
  if (text === null) return 0;
  // The name in field 2 may hold spaces and parentheses; the last one ends it.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[6] ?? 0);
}

/** Whether a thread of the program runs only in the kernel, from its flags in stat. */
export function isUserWorker(pid: number, tid: number): boolean {
  return (readFlags(pid, `task/${tid}/`) & PF_USER_WORKER) !== 0;
}

/**
 * The value of one line of a status file; empty if there is no such line. Does not parse the other lines: for frequent
 * reads.
 */
export function statusField(text: string, name: string): string {
  const at = text.indexOf(`\n${name}:`);
  if (at < 0) return '';
  const from = at + name.length + 2;
  const end = text.indexOf('\n', from);
  return text.slice(from, end < 0 ? undefined : end).trim();
}

export function parseStatus(text: string, flags: number): ProcessStatus {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const integer = (key: string) => Number.parseInt(fields.get(key) ?? '0', 10);
  const mask = (key: string) => BigInt(`0x${fields.get(key) ?? '0'}`);
  return {
    name: statusName(/^Name:\t(.*)$/m.exec(text)?.[1] ?? ''),
    state: fields.get('State')?.charAt(0) ?? '?',
    tgid: integer('Tgid'),
    ppid: integer('PPid'),
    tracerPid: integer('TracerPid'),
    uids: (fields.get('Uid') ?? '').split(/\s+/).map(Number),
    seccomp: integer('Seccomp'),
    pending: mask('SigPnd'),
    sharedPending: mask('ShdPnd'),
    blocked: mask('SigBlk'),
    capEffective: mask('CapEff'),
    threads: integer('Threads'),
    hasMemory: fields.has('VmSize'),
    kernelThread: (flags & PF_KTHREAD) !== 0 || fields.get('Kthread') === '1',
    shadowStack: (fields.get('x86_Thread_features') ?? '').includes('shstk'),
    residentBytes: integer('VmRSS') * 1024,
  };
}
