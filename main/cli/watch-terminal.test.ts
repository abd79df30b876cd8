/** The table of `soft-dirty watch` on a real terminal. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { Target } from '../native/testing/target.ts';
import { screenOf, Terminal } from './testing/terminal.ts';

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';
const TITLE = /^node \(\d+\), write-protect, 20 samples a second, \d+\.\d s$/;

let scripts: BuiltScripts;
let target: Target;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
  target = await Target.start(scripts.path('test-target'));
});
afterAll(async () => {
  await target.kill();
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function watch(rows: number, columns: number, ...more: string[]): Terminal {
  const command = [process.execPath, scripts.path('cli'), 'watch', '--pid', String(target.pid), ...more];
  const terminal = new Terminal(rows, columns, command);
  ends.push(() => terminal.kill());
  return terminal;
}

/** What was written on the alternate screen. */
const drawn = (written: string) => written.slice(written.indexOf(ENTER)).split(LEAVE)[0] ?? '';
const updates = (written: string) => drawn(written).split('\x1b[?2026h').slice(1);

describe('soft-dirty watch on a terminal of 60 × 12', () => {
  it('fits, and only lines that changed are written again', async () => {
    const first = await target.map(300);
    await target.fill(first, 300);
    const terminal = watch(12, 60);
    await terminal.until((written) => updates(written).length >= 2);
    await target.fill(first, 300);
    await terminal.until((written) => updates(written).length >= 4);
    const lines = screenOf(drawn(terminal.written), 12, 60);
    expect(lines[0]).toMatch(TITLE);
    expect(lines[1]).toMatch(/^Written now [\d,]+ \([\d.]+ [KM]iB\), in total [\d,]+ \([\d.]+ [KM]iB\)$/);
    const heads = lines.findIndex((line) => /^ *NOW +TOTAL +SIZE +START +NAME$/.test(line));
    expect(heads).toBeGreaterThan(1);
    expect(lines.slice(heads + 1).filter((line) => / 0x[\da-f]+/.test(line)).length).toBeGreaterThanOrEqual(
      4,
    );
    expect(lines.every((line) => line.length < 60)).toBe(true);
    // The whole screen is cleared once, before the first drawing; the heads of the columns are written once.
    expect(drawn(terminal.written).split('\x1b[2J')).toHaveLength(2);
    const anew = updates(terminal.written).slice(1);
    expect(anew.filter((update) => update.includes('\x1b[1;1H')).length).toBe(anew.length);
    expect(anew.some((update) => !update.includes('START'))).toBe(true);
    terminal.type('\\x03');
    expect(await terminal.finished).toBe(0);
    const [, after = ''] = terminal.written.split(LEAVE);
    expect(after).toMatch(/^node \(/);
    expect(after.trimEnd().split(/\r?\n/).at(-1)).toBe('Detached; the program is running.');
    // Cursor and wrapping are as before.
    expect(terminal.written).toContain('\x1b[?7h\x1b[?25h\x1b[?1049l');
  });

  it('follows the size of the terminal', async () => {
    const first = await target.map(300);
    const terminal = watch(12, 60);
    await terminal.until((written) => updates(written).length >= 1);
    await target.fill(first, 300);
    terminal.resize(30, 140);
    await terminal.until((written) => drawn(written).split('\x1b[2J').length >= 3);
    const start = drawn(terminal.written).lastIndexOf('\x1b[2J');
    await terminal.until((written) => drawn(written).slice(start).includes('\x1b[?2026l'));
    const lines = screenOf(drawn(terminal.written).slice(start), 30, 140);
    expect(lines[1]).toMatch(/^Pages written now \(the last \d\.\d s\): .*; in total: /);
    terminal.type('\\x03');
    expect(await terminal.finished).toBe(0);
  });

  it('restores the terminal when it is stopped, and repaints when it is continued', async () => {
    const terminal = watch(12, 60);
    await terminal.until((written) => updates(written).length >= 1);
    terminal.type('\\x1a');
    await terminal.until((written) => written.endsWith(LEAVE));
    // As a shell does, it continues the command only once it is stopped.
    await expect.poll(() => terminal.isStopped, { timeout: 30_000 }).toBe(true);
    process.kill(terminal.pid, 'SIGCONT');
    await terminal.until(
      (written) =>
        written.split(ENTER).length === 3 && updates(written.slice(written.lastIndexOf(ENTER))).length >= 1,
    );
    const again = terminal.written.slice(terminal.written.lastIndexOf(ENTER));
    expect(screenOf(drawn(again), 12, 60)[0]).toMatch(TITLE);
    terminal.type('\\x03');
    expect(await terminal.finished).toBe(0);
  });

  it('exits without a signal when the terminal is closed', async () => {
    const terminal = watch(12, 60);
    await terminal.until((written) => updates(written).length >= 1);
    terminal.close();
    // Ended by a signal, the status would be 256 less the signal's number.
    expect(await terminal.finished).toBeLessThanOrEqual(1);
  });

  it('writes plain lines on a terminal without control sequences', async () => {
    const command = [process.execPath, scripts.path('cli'), 'watch', '--pid', String(target.pid)];
    const terminal = new Terminal(12, 60, [...command, '--duration', '0.2'], 'dumb');
    ends.push(() => terminal.kill());
    expect(await terminal.finished).toBe(0);
    expect(terminal.written).not.toContain('\x1b');
    expect(terminal.written).toContain('Pages written now');
  });
});
