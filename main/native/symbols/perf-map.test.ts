/** Compiled functions by the perf map of a process, in /tmp. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chownSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PerfMap } from './perf-map.ts';

let child: ChildProcess;
let path: string;
beforeEach(() => {
  child = spawn('sleep', ['600']);
  path = `/tmp/perf-${child.pid}.map`;
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(path, { force: true });
});

const newMap = () => new PerfMap(Number(child.pid));
const filler = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${(0x100000 + i * 16).toString(16)} 10 filler${i}\n`).join('');

describe('a perf map', () => {
  it.each([
    ['few lines', ''],
    ['many lines', filler(3000)],
  ])('names the last function that was put at an address, of %s', (_, others) => {
    writeFileSync(path, `2000 100 freed\n1000 40 first\n${others}1f80 100 moved\n`);
    const map = newMap();
    expect([0x1f80n, 0x2000n, 0x207fn].map((address) => map.name(address))).toEqual([
      'moved',
      'moved',
      'moved',
    ]);
    // The rest of what was overwritten is no longer that function.
    expect(map.name(0x2080n)).toBeNull();
    expect([map.name(0xfffn), map.name(0x1000n), map.name(0x1040n)]).toEqual([null, 'first', null]);
  });

  it('is read on from where it was left, by whole lines', () => {
    writeFileSync(path, '1000 40 first\n2000 4');
    const map = newMap();
    expect([map.name(0x1000n), map.name(0x2000n)]).toEqual(['first', null]);
    appendFileSync(path, '0 sécond é\n1020 40 third\n');
    expect([0x1000n, 0x1020n, 0x203fn].map((address) => map.name(address))).toEqual([
      null,
      'third',
      'sécond é',
    ]);
    writeFileSync(path, '5000 40 anew\n');
    expect([map.name(0x2000n), map.name(0x5000n)]).toEqual([null, 'anew']);
    // Longer than what was read.
    writeFileSync(path, '6000 40 other\n7000 40 last\n');
    expect([0x5000n, 0x6000n, 0x7000n].map((address) => map.name(address))).toEqual([null, 'other', 'last']);
  });

  it('of an earlier process with the same number is not used', () => {
    writeFileSync(path, '1000 40 stale\n');
    const map = newMap();
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(path, hourAgo, hourAgo);
    expect(map.name(0x1000n)).toBeNull();
  });

  it.runIf(process.getuid?.() === 0)('of another user is not used', () => {
    writeFileSync(path, '1000 40 forged\n');
    chownSync(path, 54321, 54321);
    expect(newMap().name(0x1000n)).toBeNull();
  });
});
