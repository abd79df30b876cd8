/**
 * A program to be watched: does what it is told on stdin, one JSON command a line, and answers each with one line.
 * Between two commands it is blocked in read(2).
 */
import { readSync, writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { tryCall } from '../syscalls/call.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { load, store } from './own-bytes.ts';
import type { TargetCommand, WriterTask } from './target-commands.ts';

const FORK = 57;
const EXIT_GROUP = 231;
const WAIT4 = 61;
const PRCTL = 157;

let value = 0;
const nextValue = () => (value = (value % 255) + 1);

/** Memory that a filter program lies in while prctl reads it. */
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
  tryCall(PRCTL, PR_SET_NO_NEW_PRIVS, 1);
  return tryCall(PRCTL, PR_SET_SECCOMP, 2, program.address);
}

/** A child that writes the page and ends; returns when it has. */
function forkAndWrite(page: number): number {
  const child = tryCall(FORK);
  if (child === 0) {
    store(page * PAGE_SIZE, nextValue());
    tryCall(EXIT_GROUP, 7);
  }
  const status = new NativeBuffer(8);
  tryCall(WAIT4, child, status.address);
  return (status.i32[0] >> 8) & 0xff;
}

function startWriters(tasks: readonly WriterTask[], control: Int32Array): void {
  for (const task of tasks) {
    new Worker(fileURLToPath(import.meta.url), { workerData: { task, control } });
  }
}

let control = new Int32Array(new SharedArrayBuffer(0));

function perform(command: TargetCommand): number {
  switch (command.op) {
    case 'call':
      return tryCall(command.number, ...command.args);
    case 'write':
      for (const page of command.pages) store(page * PAGE_SIZE + (page % 61), nextValue());
      return 0;
    case 'fill':
      for (let i = 0; i < command.count; i++) store((command.page + i) * PAGE_SIZE, nextValue());
      return 0;
    case 'read':
      return command.pages.reduce((sum, page) => sum + load(page * PAGE_SIZE), 0);
    case 'fork':
      return forkAndWrite(command.page);
    case 'seccomp':
      return filterAll();
    case 'writers':
      control = new Int32Array(new SharedArrayBuffer(8));
      startWriters(command.tasks, control);
      return 0;
    case 'writers-done':
      return Atomics.load(control, 0);
  }
}

/** A thread that writes its pages, `rounds` times; the byte written is the round's. */
function write({ task }: { task: WriterTask }, done: Int32Array): void {
  for (let round = 1; round <= task.rounds; round++) {
    for (let i = 0; i < task.count; i++) store((task.page + i) * PAGE_SIZE, round & 0xff);
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
  tryCall(39);
  writeSync(1, 'ready\n');
  answerCommands();
  process.exit(0);
} else {
  const data = workerData as { task: WriterTask; control: Int32Array };
  write(data, data.control);
}
