/** Phases that end at boundaries of the program itself: signals and lines, recorded and watched; marks of a watch. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BuiltScripts, buildScripts } from '../native/testing/built-scripts.ts';
import { Target } from '../native/testing/target.ts';
import { printedHere } from './testing/run-here.ts';
import { RunningCli } from './testing/run-cli.ts';
import { PhaseBoundaries } from './phase-boundaries.ts';
import { phaseOptions } from './phase-options.ts';

let scripts: BuiltScripts;
let folder: string;
let target: Target;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'phases-'));
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  target = await Target.start(scripts.path('test-target'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await target.kill();
  rmSync(folder, { recursive: true });
});

interface Marks {
  readonly marks: readonly { readonly note: string }[];
}

describe('phases of a recording', () => {
  it('end at each signal and each line of a pipe, which is removed afterwards', async () => {
    const page = await target.map(16);
    const [out, pipe] = [join(folder, 'r.mcap'), join(folder, 'frames')];
    const cli = new RunningCli(scripts.path('cli'), [
      ...['record', '--pid', String(target.pid), '--out', out, '--json'],
      ...['--phase-signal', 'usr2', '--phase-pipe', pipe],
    ]);
    const notes = async (): Promise<string[]> => {
      const { marks } = JSON.parse(await printedHere('info', out, '--json')) as Marks;
      return marks.map(({ note }) => note);
    };
    // The file is read while it grows.
    const has = (note: string) =>
      vi.waitFor(async () => expect(await notes()).toContain(note), { timeout: 60_000, interval: 200 });
    await vi.waitFor(() => expect(existsSync(pipe)).toBe(true), 60_000);
    await target.send({ op: 'fill', page, count: 16 });
    appendFileSync(pipe, 'level 1\n');
    await has('level 1');
    appendFileSync(pipe, '\nlevel');
    await has('Phase 1');
    appendFileSync(pipe, ' 2\n');
    await has('level 2');
    cli.child.kill('SIGUSR2');
    await has('Phase 2');
    cli.child.kill('SIGINT');
    expect((await cli.finished).code).toBe(0);
    expect(await notes()).toEqual(['level 1', 'Phase 1', 'level 2', 'Phase 2']);
    expect(existsSync(pipe)).toBe(false);
  }, 180_000);
});

describe('a watch', () => {
  it('has a line for each mark and phase that comes from outside, with the pages of the phase', async () => {
    const page = await target.map(16);
    const cli = new RunningCli(scripts.path('cli'), [
      ...['watch', '--pid', String(target.pid), '--json', '--hz', '5', '--phase-signal', 'USR1'],
      ...['--trigger', '16 pages written -> mark many'],
    ]);
    await cli.attached();
    await vi.waitFor(
      async () => expect(await printedHere('mark', 'hello', '--pid', String(target.pid))).toContain('hello'),
      60_000,
    );
    await printedHere('mark', '--phase', 'settled');
    await target.send({ op: 'fill', page, count: 16 });
    expect(JSON.parse(await printedHere('mark', '--phase', 'level', '--json'))).toMatchObject({
      note: 'level',
      recording: null,
    });
    const has = (event: string) =>
      cli.until((lines) => lines.some((line) => (line.event as string) === event));
    await has('phase');
    cli.child.kill('SIGUSR1');
    await cli.until((lines) => lines.some((line) => 'note' in line && line.note === 'Phase 1'));
    cli.child.kill('SIGINT');
    const { code, out, error } = await cli.finished;
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const level = lines.findIndex(({ note }) => note === 'level');
    expect(lines[level]).toEqual({
      event: 'phase',
      t: expect.any(Number),
      note: 'level',
      pages: expect.any(Number),
    });
    expect(lines[level]['pages']).toBeGreaterThanOrEqual(16);
    // What was written in the phase is before its line.
    const before = lines.slice(0, level).filter(({ event }) => event === 'sample');
    const address = `0x${(page * 4096).toString(16)}`;
    expect(JSON.stringify(before)).toContain(address);
    expect(lines).toContainEqual({ event: 'mark', t: expect.any(Number), note: 'hello' });
    expect(lines).toContainEqual({ event: 'mark', t: expect.any(Number), note: 'many' });
    expect(error).toContain('-> mark many');
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
  }, 180_000);
});

describe('boundaries', () => {
  it('are names, of any descriptor; many at once are one, and nothing waits', async () => {
    const pipe = join(folder, 'p');
    execFileSync('mkfifo', [pipe]);
    const ended: (string | null)[] = [];
    let go: () => void = () => undefined;
    const boundaries = new PhaseBoundaries(phaseOptions({ phasePipe: pipe }), expect.unreachable);
    // What comes before phases can be ended is kept.
    appendFileSync(pipe, 'a\n');
    await new Promise(setImmediate);
    boundaries.begin((note) => {
      ended.push(note);
      return new Promise<void>((resolve) => (go = resolve));
    });
    await vi.waitFor(() => expect(ended).toEqual(['a']), 30_000);
    // More than a pipe holds.
    for (let i = 0; i < 40; i++) {
      appendFileSync(pipe, 'b\n'.repeat(1000));
      await new Promise(setImmediate);
    }
    appendFileSync(pipe, 'c\n');
    await vi.waitFor(() => {
      go();
      expect(ended.at(-1)).toMatch(/^c/);
    }, 30_000);
    const counts = ended.map((note) => Number(/\((\d+) boundaries\)/.exec(note ?? '')?.[1] ?? 1));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40_002);
    boundaries.close();
    // It was there before.
    expect(existsSync(pipe)).toBe(true);
  });

  it.each(['record', 'watch'])(
    'that cannot be opened: %s attaches to nothing, and leaves no file',
    async (command) => {
      const out = join(folder, 'none.mcap');
      const words = [command, '--pid', String(target.pid), '--phase-pipe', join(folder, 'no/pipe')];
      const { code, ...text } = await new RunningCli(scripts.path('cli'), [
        ...words,
        ...(command === 'record' ? ['--out', out] : []),
      ]).finished;
      expect([code, text.out]).toEqual([1, '']);
      expect(text.error).toMatch(
        /^soft-dirty \w+: The pipe .*\/no\/pipe cannot be made: .*No such file or directory\.\n$/,
      );
      expect(existsSync(out)).toBe(false);
    },
  );

  it('are refused if they cannot be read', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const open = (values: Parameters<typeof phaseOptions>[0]) =>
      new PhaseBoundaries(phaseOptions(values), expect.unreachable);
    expect(() => open({ phasePipe: file })).toThrow('is not a named pipe');
    expect(() => open({ phasePipe: join(folder, 'no/pipe') })).toThrow('cannot be made');
    expect(() => open({ phaseFd: '999999' })).toThrow('cannot be read');
    for (const values of [{ phaseSignal: 'KILL' }, { phaseFd: '1' }, { phaseFd: 'x' }, { phasePipe: '' }])
      expect(() => phaseOptions(values)).toThrow('--phase-');
  });
});
