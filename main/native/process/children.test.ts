import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledProgram } from '../testing/compiled.ts';
import { ChildWatch, type NewChild } from './children.ts';

let program: CompiledProgram;
beforeAll(() => {
  program = new CompiledProgram('process/testing/vfork.c');
});
afterAll(() => program.remove());

it('a child of vfork has no copy of the memory: it is reported once it is another program', async () => {
  const child = spawn(program.path, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const pid = Number(child.pid);
  try {
    const found: NewChild[] = [];
    let watch = new ChildWatch(pid);
    const during = async (how: string) => {
      let done = false;
      void once(child.stdout, 'data').then(() => (done = true));
      child.stdin.write(how);
      while (!done) {
        found.push(...watch.poll());
        await sleep(5);
      }
    };
    await during('e');
    expect(found).toEqual([]);
    // One that is there already at the attach.
    const attaching = sleep(200).then(() => (watch = new ChildWatch(pid)));
    await during('x');
    await attaching;
    while (found.length === 0) {
      await sleep(20);
      found.push(...watch.poll());
    }
    expect(found).toEqual([{ pid: expect.any(Number) as number, kind: 'program', name: 'sleep' }]);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
});
