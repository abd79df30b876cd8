import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runGuest } from './boot.mjs';
import type { GuestEvent } from './frames.mjs';

let folder = '';
let log = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'boot-test-'));
  log = join(folder, 'console');
  writeFileSync(log, 'Linux version 6.1\r\nKernel panic - not syncing: for instance\r\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const passing: GuestEvent = { event: 'test', test: 'T1', passed: true, ms: 1, errors: [] };
const failing: GuestEvent = { ...passing, test: 'T2', passed: false };
const end = (passed: number, failed: number): GuestEvent => ({ event: 'end', passed, failed, seconds: 1 });

/** A program in the guest's place that reports these events and then runs `after`. */
function guest(events: GuestEvent[], after = '', limits = { seconds: 20, silentSeconds: 20 }) {
  const script = `const { crc32 } = require('node:zlib');
    ${JSON.stringify(events)}.forEach((event, i) => {
      const json = JSON.stringify(event);
      console.log('@sdi ' + i + ' ' + crc32(json).toString(16).padStart(8, '0') + ' ' + json);
    }); ${after}`;
  return runGuest([process.execPath, ['-e', script]], log, () => undefined, limits);
}

describe('runGuest', () => {
  it('counts what passed and what failed', async () => {
    expect(await guest([passing, failing, passing, end(2, 1)])).toMatchObject({
      passed: 2,
      failed: 1,
      problems: [],
    });
  });

  it('reports where a guest stopped that ended early, with the end of its console', async () => {
    const { passed, problems } = await guest([passing, { event: 'begin', test: 'T2' }], 'process.exit(3)');
    expect(passed).toBe(1);
    expect(problems.join('\n')).toMatch(/stopped in “T2” \(QEMU’s exit code 3\)[^]*Kernel panic/);
  });

  it('stops a guest that prints nothing, and on one that does not end', async () => {
    const silent = await guest([passing], 'setInterval(() => {}, 1000)', { seconds: 60, silentSeconds: 1 });
    // Where it was by then depends on how fast the program started.
    expect(silent.problems[0]).toMatch(/^The guest printed nothing for 1 s, /);
    const endless = await guest([passing], 'setInterval(() => {}, 1000)', { seconds: 1, silentSeconds: 60 });
    expect(endless.problems[0]).toMatch(/^The guest was not finished after 1 s, /);
  });

  it('leaves the processor to what runs beside the guest', async () => {
    const file = join(folder, 'nice');
    const keep = `require('fs').writeFileSync(${JSON.stringify(file)}, String(require('os').getPriority()));`;
    expect((await guest([passing, end(1, 0)], keep)).problems).toEqual([]);
    expect(Number(readFileSync(file, 'utf8'))).toBeGreaterThan(Math.min(18, getPriority()));
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when its owner ends by %s', async (signal) => {
    const boot = JSON.stringify(new URL('boot.mjs', import.meta.url).href);
    const started = join(folder, `pid-${signal}`);
    const program = `const { writeFileSync, renameSync } = require('node:fs');
      writeFileSync(${JSON.stringify(`${started}-new`)}, String(process.pid));
      renameSync(${JSON.stringify(`${started}-new`)}, ${JSON.stringify(started)});
      setInterval(() => {}, 1000);`;
    const script = `
      const { runGuest } = await import(${boot});
      const limits = { seconds: 60, silentSeconds: 60 };
      await runGuest([process.execPath, ['-e', ${JSON.stringify(program)}]], '', () => undefined, limits);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const pid = await vi.waitFor(() => readFileSync(started, 'utf8'), 20_000);
    // Also one that its new parent did not wait for has ended.
    const runs = () => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    expect(runs()).toBe(true);
    owner.kill(signal);
    await vi.waitFor(() => expect(runs()).toBe(false), 20_000);
  });

  it('does not call it well when reports are missing, or nothing was tested', async () => {
    expect((await guest([passing, end(2, 0)])).problems).toHaveLength(1);
    expect((await guest([end(0, 0)])).problems).toEqual(['The guest ran no test.']);
  });
});
