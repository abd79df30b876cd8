/** Triggers of `soft-dirty record`, on real programs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { triggerText } from '#shared/contract/trigger-text.ts';
import { type BuiltScripts, buildScripts } from '../native/testing/built-scripts.ts';
import { compile } from '../native/testing/c-program.ts';
import { Target } from '../native/testing/target.ts';
import { RECORD_ACTIONS, parseRecordOptions } from './record-options.ts';
import { RunningCli } from './testing/run-cli.ts';
import { printedHere } from './testing/run-here.ts';
import { triggersOf } from './trigger-options.ts';

let scripts: BuiltScripts;
let folder: string;
const targets: Target[] = [];
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'triggers-'));
  vi.stubEnv('XDG_DATA_HOME', folder);
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const target of targets.splice(0)) await target.kill();
  rmSync(folder, { recursive: true });
});

const once = (text: string) => triggersOf({ trigger: [text], triggerEach: [] }, RECORD_ACTIONS, null)[0];

describe('--trigger', () => {
  it.each([
    ['[heap] written -> mark heap is written'],
    ['0x10000+0x2000 written -> pause'],
    ['12 pages written -> save'],
    ['1 page of [anon:frame buffer] written -> stop'],
    ['word 0x10008:4 written -> run ./written.sh -> log'],
    ['0x10000+0x1000 written -> snapshot 0x20000+0x1000'],
    ['libgame.so written -> mark'],
  ])('reads %s, which the window shows in the same words', (text) => {
    expect(triggerText(once(text))).toBe(text);
  });

  it('means whole pages, and the memory of its condition', () => {
    expect(once('0x10010+0x1000 written -> snapshot')).toEqual({
      condition: { kind: 'written', memory: { start: 16, end: 18 } },
      action: { kind: 'snapshot', range: { start: 16, end: 18 } },
      each: false,
    });
    expect(
      triggersOf({ trigger: [], triggerEach: ['[heap] written -> mark'] }, RECORD_ACTIONS, null),
    ).toMatchObject([{ each: true }]);
  });

  it.each([
    ['[heap] written', 'WHEN -> WHAT'],
    ['[heap] read -> mark', 'is not a condition'],
    ['0x1000 written -> mark', 'ADDRESS+LENGTH'],
    ['0x1000+0 written -> mark', 'ADDRESS+LENGTH'],
    ['0 pages written -> mark', '--trigger: a condition is at least 1 page, not 0'],
    ['word 0x1:3 written -> mark', '--trigger: a word has 1, 2, 4 or 8 bytes, not 3'],
    ['word 0x10000:16 written -> mark', 'a word has 1, 2, 4 or 8 bytes, not 16'],
    ['word 0x10001:4 written -> mark', 'not a multiple'],
    ['word here written -> mark', 'is not an address'],
    ['symbol:g_world written -> mark', '--pid only'],
    ['[heap] written -> snapshot', 'of which memory'],
    ['0x1000+32M written -> snapshot', 'more than 4096 pages'],
    ['[heap] written -> run', 'which command'],
    ['[heap] written -> pause now', 'takes nothing more'],
    ['[heap] written -> dance', 'is not an action'],
  ])('refuses %s', (text, problem) => {
    expect(() => once(text)).toThrow(problem);
  });

  it('is for programs, and explained by --help', async () => {
    expect(() => parseRecordOptions(['--scenario', 'a.json', '--trigger', '[heap] written -> mark'])).toThrow(
      '--trigger',
    );
    expect(await printedHere('record', '--help')).toMatch(/--trigger-each.*MEMORY written.*run COMMAND/s);
  });
});

describe('soft-dirty record --trigger', () => {
  it('marks, runs a command, saves the last minutes and ends at the writes that are named', async () => {
    const target = await Target.start(scripts.path('test-target'));
    targets.push(target);
    const page = await target.map(64);
    await target.send({ op: 'fill', page, count: 64 });
    const at = (index: number) => `0x${((page + index) * PAGE_SIZE).toString(16)}+4K`;
    const out = join(folder, 'r.mcap');
    const ran = join(folder, 'ran');
    const cli = new RunningCli(scripts.path('cli'), [
      ...['record', '--pid', String(target.pid), '--out', out, '--hz', '50', '--json'],
      ...['--trigger', `${at(0)} written -> mark first`],
      ...['--trigger', `${at(1)} written -> run echo $SOFT_DIRTY_PID >> ${ran}`],
      ...['--trigger', `${at(2)} written -> save`],
      ...['--trigger', `${at(3)} written -> stop`],
    ]);
    const control = join(folder, 'soft-dirty-inspector');
    const marked = async () => {
      await target.send({ op: 'fill', page, count: 3 });
      expect(readFileSync(ran, 'utf8')).toBe(`${target.pid}\n`);
      const saved = readdirSync(join(control, 'recordings')).filter((name) => name.endsWith('.mcap'));
      expect(saved).toHaveLength(1);
    };
    await vi.waitFor(marked, { timeout: 60_000, interval: 100 });
    await target.send({ op: 'fill', page: page + 3, count: 1 });
    const { code, out: printed, error } = await cli.finished;
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ path: out, ended: 'trigger' });
    expect(error).toMatch(/Trigger .* written -> mark first: 1 page from/);
    const { marks } = JSON.parse(await printedHere('info', out, '--json')) as { marks: { note: string }[] };
    expect(marks.map(({ note }) => note)).toEqual([
      'first',
      expect.stringContaining('-> run echo'),
      expect.stringContaining('-> save'),
      expect.stringContaining('-> stop'),
    ]);
    expect(readFileSync(ran, 'utf8')).toBe(`${target.pid}\n`);
  }, 180_000);

  it.each(['interval', 'hold'])(
    'misses nothing that a launched program writes from its first instruction on (mode %s)',
    async (mode) => {
      const program = compile(
        'main/cli/testing/early-write.c',
        '-no-pie',
        '-Wl,--section-start=.early=0x50000000',
      );
      const cli = new RunningCli(scripts.path('cli'), [
        ...['record', '--out', join(folder, 'r.mcap'), '--hz', '60', '--mode', mode, '--json'],
        ...['--trigger', '0x50000000+4K written -> stop', '--launch', program.path],
      ]);
      // Without the trigger it would not end.
      const { code, out, error } = await cli.finished;
      const pid = Number(/^pid (\d+)$/m.exec(error)?.[1]);
      process.kill(pid, 'SIGKILL');
      program.remove();
      expect([code, JSON.parse(out)]).toMatchObject([0, { ended: 'trigger' }]);
    },
  );
});
