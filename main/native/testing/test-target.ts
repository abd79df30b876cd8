/**
 * A program to be tracked: runs commands from stdin, one JSON object per line, and answers each with one line.
 * Between two commands it is blocked in read(2).
 */
import { openSync, readSync, writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { inChild } from './fork.ts';
import { load, loadWord, store } from './own-bytes.ts';
import type { TargetCommand, WriterTask } from './target-commands.ts';

let value = 0;
const nextValue = () => (value = (value % 255) + 1);
let word = 1n << 32n;
/** Never repeated, and never the value of `fill`. */
const nextWord = () => ++word;
/** Timeout of a child that writes one page. */
const MAX_CHILD_MS = 3000;

/** Memory that holds a filter program while prctl reads it. */
function filterAll(): number {
  const PR_SET_NO_NEW_PRIVS = 38;
  const PR_SET_SECCOMP = 22;
  const filter = new NativeBuffer(8);
  // BPF_RET | BPF_K, SECCOMP_RET_ALLOW: a filter that allows everything is a filter.
  filter.u32[0] = 0x06;
  filter.u32[1] = 0x7fff0000;
  const program = new NativeBuffer(16);
  program.u64[0] = 1n;
  program.u64[1] = filter.address;
  tryCall(SYS.prctl, PR_SET_NO_NEW_PRIVS, 1);
  return tryCall(SYS.prctl, PR_SET_SECCOMP, 2, program.address);
}

/** A child that writes the page and ends; returns its exit status when it has. */
function forkAndWrite(page: number): number {
  const status = inChild(
    () => {
      store(page * PAGE_SIZE, nextValue());
      tryCall(SYS.exit_group, 7);
    },
    () => undefined,
    MAX_CHILD_MS,
  );
  return (status >> 8) & 0xff;
}

/** What a writer thread gets. `announce`: the address of its two words, 0 if it need not wait. */
interface WriterData {
  readonly task: WriterTask;
  readonly control: Int32Array;
  readonly announce: number;
}

function startWriters(tasks: readonly WriterTask[], control: Int32Array, announce: number): void {
  tasks.forEach((task, i) => {
    const taskData: WriterData = { task, control, announce: announce === 0 ? 0 : announce + i * 16 };
    new Worker(fileURLToPath(import.meta.url), { workerData: taskData });
  });
}

let control = new Int32Array(new SharedArrayBuffer(0));

function perform(command: TargetCommand): number {
  switch (command.op) {
    case 'call':
      return tryCall(command.number, ...command.args);
    case 'write':
      for (const page of command.pages) storeWord(BigInt(page * PAGE_SIZE + (page % 61) * 8), nextWord());
      return 0;
    case 'write-across':
      storeWord(BigInt((command.page + 1) * PAGE_SIZE - 2), nextWord());
      return 0;
    case 'fill':
      for (let i = 0; i < command.count; i++) store((command.page + i) * PAGE_SIZE, nextValue());
      return 0;
    case 'read':
      return command.pages.reduce((sum, page) => sum + load(page * PAGE_SIZE), 0);
    case 'listen':
      process.on('SIGWINCH', () => undefined);
      return 0;
    case 'open':
      return openSync(command.path, command.writable ? 'r+' : 'r');
    case 'protect-alternate':
      for (let i = 1; i < command.count; i += 2) {
        tryCall(SYS.mprotect, (command.page + i) * PAGE_SIZE, PAGE_SIZE, MMAP.PROT_READ);
      }
      return 0;
    case 'fork':
      return forkAndWrite(command.page);
    case 'seccomp':
      return filterAll();
    case 'writers':
      control = new Int32Array(new SharedArrayBuffer(8));
      startWriters(command.tasks, control, 0);
      return 0;
    case 'handshakes': {
      const fd = openSync(command.path, 'r+');
      const words = call('mmap', SYS.mmap, 0, PAGE_SIZE, 3, MMAP.MAP_SHARED, fd, 0);
      control = new Int32Array(new SharedArrayBuffer(8));
      startWriters(command.tasks, control, words);
      return 0;
    }
    case 'writers-done':
      return Atomics.load(control, 0);
  }
}

/** A thread that writes its pages, `rounds` times; the byte written is the round's. */
function write({ task, control: done, announce }: WriterData): void {
  for (let round = 1; round <= task.rounds; round++) {
    for (let i = 0; i < task.count; i++) store((task.page + i) * PAGE_SIZE, round & 0xff);
    if (announce === 0) continue;
    storeWord(BigInt(announce), BigInt(round));
    for (let pause = 50; loadWord(announce + 8) < round; pause = Math.min(pause * 2, 2000)) {
      sleepMicroseconds(pause);
    }
  }
  Atomics.add(done, 0, 1);
}

function answerCommands(): void {
  const chunk = Buffer.alloc(1 << 16);
  let pending = '';
  for (;;) {
    const count = readSync(0, chunk);
    if (count === 0) return;
    pending += chunk.toString('latin1', 0, count);
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const result = perform(JSON.parse(pending.slice(0, end)) as TargetCommand);
      pending = pending.slice(end + 1);
      writeSync(1, `${result}\n`);
    }
  }
}

if (isMainThread) {
  // Loads the native module before the first command.
  tryCall(SYS.getpid);
  writeSync(1, 'ready\n');
  answerCommands();
  process.exit(0);
} else {
  write(workerData as WriterData);
}
