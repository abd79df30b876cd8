import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { sleepMicroseconds } from '../syscalls/calls.ts';

/** Where a thread is that does not run (man 5 proc, /proc/PID/task/TID/syscall). */
export interface ThreadPlace {
  /** Number of the system call that it is in; -1: in none, such as in a page fault. */
  readonly call: number;
  readonly arguments: readonly bigint[];
  readonly stackPointer: bigint;
  /** In a page fault in user mode the writing instruction, in a system call the instruction after the call. */
  readonly instruction: bigint;
}

/** A thread that was seen to fault is off its processor within microseconds, unless that is busy. */
const MAX_POLLS = 400;
const POLL_US = 5;
const MAX_OPEN = 512;

/** Reads where threads of one process are, without stopping them. Needs the right to attach. */
export class ThreadPlaces {
  private readonly pid: number;
  private readonly files = new Map<number, number>();
  private readonly buffer = Buffer.alloc(256);
  /** Threads by number in the program's PID namespace; null if that is ours. */
  private byInnerId: Map<number, number> | null;

  constructor(pid: number) {
    this.pid = pid;
    this.byInnerId = isNested(pid) ? new Map() : null;
  }

  /** Every current thread. */
  threads(): number[] {
    try {
      return readdirSync(`/proc/${this.pid}/task`).map(Number);
    } catch {
      return [];
    }
  }

  /** The number here of thread `inner`, a number in the program's own pid namespace; 0 if it is not one of its threads. */
  outerId(inner: number): number {
    if (this.byInnerId === null) return inner;
    const known = this.byInnerId.get(inner);
    if (known !== undefined && innerId(this.pid, known) === inner) return known;
    this.byInnerId = new Map(this.threads().map((tid) => [innerId(this.pid, tid), tid]));
    return this.byInnerId.get(inner) ?? 0;
  }

  /** Where thread `tid` waits; null if it runs or is gone. With `settle` it is about to wait, and is given time to. */
  place(tid: number, settle = false): ThreadPlace | null {
    for (let looks = 0; ; looks++) {
      const text = this.read(tid);
      if (text === null) return null;
      if (!text.startsWith('running')) return parse(text);
      if (!settle || looks === MAX_POLLS) return null;
      sleepMicroseconds(POLL_US);
    }
  }

  close(): void {
    for (const fd of this.files.values()) closeSync(fd);
    this.files.clear();
  }

  private read(tid: number): string | null {
    const known = this.files.get(tid);
    if (known !== undefined) {
      const text = this.readFile(known);
      if (text !== null) return text;
      // Another thread may have the number by now.
      closeSync(known);
      this.files.delete(tid);
    }
    try {
      if (this.files.size >= MAX_OPEN) this.close();
      const fd = openSync(`/proc/${this.pid}/task/${tid}/syscall`, 'r');
      this.files.set(tid, fd);
      return this.readFile(fd);
    } catch {
      return null;
    }
  }

  private readFile(fd: number): string | null {
    try {
      return this.buffer.toString('latin1', 0, readSync(fd, this.buffer, 0, this.buffer.length, 0));
    } catch {
      return null;
    }
  }
}

function parse(text: string): ThreadPlace | null {
  const words = text.trim().split(' ');
  if (words.length < 3) return null;
  const [stackPointer, instruction] = words.slice(-2).map(BigInt);
  return { call: Number(words[0]), arguments: words.slice(1, -2).map(BigInt), stackPointer, instruction };
}

/** `NSpid:	4711	12`: the numbers in each pid namespace, ours first. */
function innerIds(path: string): number[] {
  try {
    const line = /^NSpid:\s*(.*)$/m.exec(readFileSync(path, 'latin1'));
    return (line?.[1] ?? '').split(/\s+/).map(Number);
  } catch {
    return [];
  }
}

const isNested = (pid: number): boolean => innerIds(`/proc/${pid}/status`).length > 1;

const innerId = (pid: number, tid: number): number => innerIds(`/proc/${pid}/task/${tid}/status`).at(-1) ?? 0;
