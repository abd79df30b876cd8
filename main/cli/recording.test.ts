/** record, info, recover and export as a user runs them. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { RecordingWriter } from '../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { ServedWindow } from '../session/testing/test-window.ts';
import { runHere } from './testing/run-here.ts';
import { parseRecordOptions } from './record-options.ts';
import { RunningCli } from './testing/run-cli.ts';

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/demo-program.ts');
});

/** A recording of a simulated program with a mark and an operation in it. */
async function recorded(name = 'a.mcap', frames = 60, workload = 'game-loop'): Promise<string> {
  const path = folder.path(name);
  const parameters = workload === 'game-loop' ? { textures: 8 } : {};
  const made = await simulatedFrames(workload, 'interval', { parameters });
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < frames; i++) writer.frame(await made.next());
  writer.mark({ id: 'x', timeNs: 1_200_000_000, note: '=level, "two"', colour: 'red' });
  writer.operation({
    timeNs: 1_100_000_000,
    action: 'clear_refs',
    request: null,
    detail: '',
    result: { ok: true, ret: 0, next: null },
    durationNs: 2e6,
  });
  await writer.stop();
  return path;
}

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('record', () => {
  it('records a simulated program for the given time, and prints the result alone', async () => {
    const path = folder.path('a.mcap');
    const cli = new RunningCli(scripts.path('cli'), [
      ...['record', '--workload', 'game-loop', '--duration', '1.2', '--hz', '50', '--out', path, '--json'],
    ]);
    const { code, out, error } = await cli.finished;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const result = JSON.parse(out) as { frames: number; bytes: number };
    expect(result).toMatchObject({ path, ended: 'duration' });
    expect(result.bytes).toBe(statSync(path).size);
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    expect(reader.index.frames).toBe(result.frames);
    expect(reader.info).toMatchObject({ hz: 50, source: { kind: 'simulated' } });
    await reader.close();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('completes the file at %s', async (signal) => {
    const path = folder.path('a.mcap');
    const cli = new RunningCli(scripts.path('cli'), ['record', '--workload', 'game-loop', '--out', path]);
    while (!existsSync(path) || statSync(path).size < 4096) await new Promise((done) => setTimeout(done, 20));
    cli.child.kill(signal);
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    expect(out).toMatch(/a\.mcap: \d+ frames, [\d.]+ s, /);
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    await reader.close();
  });

  it('launches a program and records it to its end', async () => {
    const path = folder.path('a.mcap');
    const program =
      'const b = Buffer.alloc(1 << 24); let i = 0; setInterval(() => b.fill(++i), 20); setTimeout(() => process.exit(), 900)';
    const cli = new RunningCli(scripts.path('cli'), [
      ...['record', '--launch', process.execPath, '--out', path, '--json', '--', '-e', program],
    ]);
    const { code, out, error } = await cli.finished;
    expect({ code, error }).toEqual({
      code: 0,
      error: 'soft-dirty record: The program has ended: it ended with exit code 0.\n',
    });
    expect(JSON.parse(out)).toMatchObject({ ended: 'exit' });
    const reader = await RecordingReader.open(path);
    expect(reader.processEvents).toMatchObject([{ kind: 'exit', pid: reader.info?.source.pid }]);
    const [{ timeNs }] = reader.processEvents;
    expect(timeNs).toBeGreaterThanOrEqual(reader.index.endNs);
    const { max } = reader.index.timeline(0, reader.index.endNs, 1);
    expect(max[0]).toBeGreaterThanOrEqual((1 << 24) / 4096);
    await reader.close();
  });

  it('records a scenario: one frame per step', async () => {
    const file = folder.path('s.json');
    const steps = [
      { op: 'mmap', addr: '0x100000000', len: 8192, prot: 'rw', kind: 'anon-private' },
      { op: 'clear_refs' },
      { op: 'write', addr: '0x100000000', len: 4096, title: 'The first page is written' },
    ];
    writeFileSync(file, JSON.stringify({ name: 'three', steps }));
    const path = folder.path('s.mcap');
    const { code, error } = await runHere('record', '--scenario', file, '--out', path);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const reader = await RecordingReader.open(path);
    expect(reader.index.frames).toBe(4);
    expect(Array.from({ length: 4 }, (_, i) => reader.index.countsOf(i)[2])).toEqual([0, 0, 0, 1]);
    expect(reader.marks).toMatchObject([{ timeNs: 150_000_000, note: 'The first page is written' }]);
    expect(reader.operations).toMatchObject([
      {
        timeNs: 50_000_000,
        action: 'step',
        detail: 'mmap addr=0x100000000 len=8192 prot=rw kind=anon-private',
        result: { ok: true, ret: 0x100000000 },
      },
      { timeNs: 100_000_000, action: 'clear_refs', result: { ok: true, ret: 0 } },
      { timeNs: 150_000_000, action: 'step', detail: 'write addr=0x100000000 len=4096' },
    ]);
    await reader.close();
  });

  it('records a scenario with a fork: frames are of the process that runs, and its page tables are in the recording', async () => {
    const page = 0x100000;
    const range = { addr: '0x100000000', len: 8192 };
    const steps = [
      { op: 'mmap', ...range, prot: 'rw', kind: 'anon-private' },
      { op: 'write', ...range },
      { op: 'clear_refs' },
      { op: 'fork' },
      { op: 'write', addr: range.addr, len: 1 },
      { op: 'switch', process: 0 },
    ];
    const text = JSON.stringify({ name: 'forked', steps });
    writeFileSync(folder.path('fork.json'), text);
    const path = folder.path('fork.mcap');
    const { code, error } = await runHere('record', '--scenario', folder.path('fork.json'), '--out', path);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const reader = await RecordingReader.open(path);
    // The write after the fork is the child's: its parent has no written page.
    expect(Array.from({ length: 7 }, (_, i) => reader.index.countsOf(i)[2])).toEqual([0, 0, 2, 0, 0, 1, 0]);
    await reader.close();

    const window = new ServedWindow();
    await window.call('source.open', { kind: 'scenario', name: 'fork.json', text });
    const played = [];
    for (let call = 0; call <= steps.length; call++) {
      await window.call('steps.move', { to: 'call', call });
      played.push(await window.call('page.walk', { page }));
    }
    await window.call('source.open', { kind: 'recording', path });
    const rows = [];
    for (let frame = 0; frame <= steps.length; frame++) {
      await window.call('playback.seek', { timeNs: 0 });
      if (frame > 0) await window.call('playback.step', { frames: frame });
      rows.push(await window.call('page.walk', { page }));
    }
    expect(rows).toEqual(played);
    expect(rows[5].chain?.links.at(-1)).toMatchObject({
      bit: 'set',
      call: expect.stringMatching(/^write/),
    });
    expect(rows[5].sharing?.map(({ process }) => process)).toEqual([0, 1]);
    await window.close();
  });

  it('overwrites nothing, and reports why it cannot begin', async () => {
    const path = folder.path('a.mcap');
    writeFileSync(path, 'mine');
    const record = (...more: string[]) =>
      runHere('record', '--workload', 'game-loop', '--duration', '0.1', ...more);
    expect(await record('--out', path)).toMatchObject({ code: 1, out: '' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect((await record('--out', folder.path('no/such/a.mcap'))).error).toContain('no such file or folder');
    expect(await runHere('record', '--workload', 'chess')).toMatchObject({ code: 1, out: '' });
    expect(await runHere('record', '--pid', '4194304')).toMatchObject({ code: 1, out: '' });
    expect(await runHere('record', '--pid', '4194305')).toMatchObject({ code: 2, out: '' });
  });

  it('reports in --json why it ended: the size is reached, or the disk is full, with nothing else left behind', async () => {
    const record = (path: string, ...more: string[]) =>
      new RunningCli(scripts.path('cli'), [
        'record',
        '--workload',
        'database',
        '--json',
        '--out',
        path,
        ...more,
      ]).finished;
    const sized = await record(folder.path('sized.mcap'), '--max-size', '64K');
    expect(sized).toMatchObject({ code: 0 });
    expect(JSON.parse(sized.out)).toMatchObject({ ended: 'size' });
    if (process.geteuid?.() !== 0) return;
    const mount = folder.path('small');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', mount]);
    try {
      const full = await record(join(mount, 'a.mcap'), '--hz', '60');
      expect(full.code).toBe(1);
      expect(full.error).toContain('full');
      expect(JSON.parse(full.out)).toMatchObject({ ended: 'failed' });
      // The disk is full of it: exports and recoveries do not fit beside it.
      const source = await recorded('source.mcap', 400);
      for (const args of [
        ['export', source, '--format', 'json', '--table', 'pages', '--out', join(mount, 'table.json')],
        ['recover', source, '--out', join(mount, 'recovered.mcap')],
      ])
        expect(await runHere(...args), args.join(' ')).toMatchObject({ code: 1, out: '' });
      expect(readdirSync(mount)).toEqual(['a.mcap']);
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('refuses invalid arguments', () => {
    for (const args of [
      [],
      ['--pid', '1', '--workload', 'x'],
      ['--pid', 'one'],
      ['--pid', '1', 'word'],
      ['--workload', 'x', '--backend', 'compare'],
      ['--pid', '1', '--seed', '1'],
      ['--pid', '1', '--hz', '61'],
      ['--pid', '1', '--mode', 'both'],
      ['--pid', '1', '--max-size', '1K'],
      ['--pid', '1', '--duration', '0'],
    ])
      expect(() => parseRecordOptions(args), args.join(' ')).toThrow();
    expect(parseRecordOptions(['--launch', 'a', '--max-size', '2G', '--', '--pid', '1'])).toMatchObject({
      what: { source: { kind: 'launch', command: 'a', args: ['--pid', '1'] } },
      maxBytes: 2 ** 31,
      mode: 'interval',
      hz: 20,
    });
  });
});

describe('info', () => {
  it('describes a recording, as text and as JSON', async () => {
    const path = await recorded();
    const { code, out } = await runHere('info', path);
    expect(code).toBe(0);
    expect(out).toContain('60 frames');
    expect(out).toMatch(/state +complete/);
    expect(out).toContain('=level, "two"');
    expect(out).toMatch(/other events +touched [\d,]+, hot 0, gone [\d,]+ pages, summed over the frames/);
    const facts = JSON.parse((await runHere('info', path, '--json')).out) as Record<string, unknown>;
    expect(facts).toMatchObject({
      frames: 60,
      damage: null,
      seconds: 2.95,
      operations: 1,
      bytes: statSync(path).size,
    });
  });

  it('reports what is wrong, and fails only if nothing can be read', async () => {
    const path = await recorded();
    truncateSync(path, statSync(path).size - 10);
    // It may still be written to.
    const old = new Date(Date.now() - 60_000);
    utimesSync(path, old, old);
    const facts = JSON.parse((await runHere('info', path, '--json')).out) as {
      damage: string;
      frames: number;
    };
    expect(facts.frames).toBe(60);
    expect(facts.damage).toContain('index at the end is damaged');
    const reader = await RecordingReader.open(path);
    truncateSync(path, reader.places.at(1).offset + 20);
    await reader.close();
    utimesSync(path, old, old);
    expect((await runHere('info', path)).out).toMatch(
      /state +The file has no end; its last \d+ bytes are incomplete/,
    );
    writeFileSync(path, 'text');
    expect(await runHere('info', path)).toMatchObject({ code: 1, out: '' });
    expect(await runHere('info', folder.path('missing'))).toMatchObject({ code: 1, out: '' });
    expect(await runHere('info')).toMatchObject({ code: 2, out: '' });
  });
});

describe('a file that cannot be read', () => {
  it('has a reason and a remedy of its own', async () => {
    const path = await recorded();
    chmodSync(path, 0o000);
    // Root may read everything; user nobody may not even enter this folder.
    const info = new RunningCli(scripts.path('cli'), ['info', path], { ordinaryUser: true });
    expect(await info.finished).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringMatching(
        /a\.mcap: permission denied \(EACCES\)\.\n.*right to read it \(chmod\)/,
      ) as string,
    });
    const circle = folder.path('circle.mcap');
    symlinkSync(circle, circle);
    expect((await runHere('info', circle)).error).toContain('its symbolic links form a loop (ELOOP)');
    expect((await runHere('info', folder.path('none.mcap'))).error).toContain('Check the path.');
  });
});

describe('recover', () => {
  it('recovers what is readable into a new file, and does not change the original', async () => {
    const path = await recorded();
    truncateSync(path, Math.floor(statSync(path).size * 0.6));
    const before = readFileSync(path);
    const { code, out, error } = await runHere('recover', path);
    expect(code).toBe(0);
    expect(error).toContain('has no end');
    expect(out).toContain('a.recovered.mcap');
    expect(readFileSync(path).equals(before)).toBe(true);
    const again = JSON.parse((await runHere('recover', path, '--json')).out) as {
      path: string;
      frames: number;
    };
    expect(again.path).toContain('recovered-2');
    expect(again.frames).toBeGreaterThan(10);
    expect(JSON.parse((await runHere('info', again.path, '--json')).out)).toMatchObject({ damage: null });
  });
});

describe('export', () => {
  it('writes the frames as CSV, JSON and Arrow, all the same', async () => {
    const path = await recorded();
    const csv = lines((await runHere('export', path, '--format', 'csv')).out);
    expect(csv[0]).toBe('frame,seconds,written,heap,stack,anon,file,shared,other');
    const rows = csv.slice(1).map((line) => line.split(',').map(Number));
    expect(rows).toHaveLength(60);
    const json = lines((await runHere('export', path, '--format', 'json')).out).map(
      (line) => Object.values(JSON.parse(line) as object) as number[],
    );
    expect(json).toEqual(rows);
    const out = folder.path('a.arrow');
    expect(await runHere('export', path, '--format', 'arrow', '--out', out)).toMatchObject({
      code: 0,
      out: '',
    });
    const table = tableFromIPC(readFileSync(out));
    expect(table.schema.fields.map(({ name }) => name).join()).toBe(csv[0]);
    expect(table.toArray().map((row: object) => Object.values({ ...row }).map(Number))).toEqual(rows);
    expect(await runHere('export', path, '--format', 'csv', '--out', out)).toMatchObject({ code: 1 });
  });

  it('waits for a slow reader without a warning, however long the table is', async () => {
    const path = await recorded('long.mcap', 300, 'database');
    const cli = new RunningCli(scripts.path('cli'), [
      ...['export', path, '--format', 'csv', '--table', 'pages'],
    ]);
    const { code, out, error } = await cli.finished;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    // Many times what a pipe takes at once.
    expect(out.length).toBeGreaterThan(10 * 65_536);
  });

  it('writes pages, VMAs, operations and marks of a part', async () => {
    const path = await recorded();
    const table = async (name: string) =>
      lines(
        (await runHere('export', path, '--format', 'csv', '--table', name, '--from', '1', '--to', '1.5')).out,
      );
    const pages = (await table('pages')).slice(1).map((line) => line.split(','));
    const frames = (await table('frames')).slice(1).map((line) => line.split(','));
    expect(frames).toHaveLength(11);
    for (const [frame, , written] of frames) {
      const sum = pages
        .filter(([of]) => of === frame)
        .reduce((total, [, , , count]) => total + Number(count), 0);
      expect(sum).toBe(Number(written));
    }
    expect((await table('vmas')).length).toBeGreaterThan(5);
    expect((await table('marks'))[1]).toBe(`1.15,red,"'=level, ""two"""`);
  });

  it('refuses invalid arguments', async () => {
    const path = await recorded();
    for (const args of [
      [path],
      [path, '--format', 'xml'],
      ['--format', 'csv'],
      [path, path, '--format', 'csv'],
      [path, '--format', 'csv', '--table', 'bytes'],
      [path, '--format', 'csv', '--from', '2', '--to', '1'],
    ])
      expect(await runHere('export', ...args), args.join(' ')).toMatchObject({ code: 2, out: '' });
  });
});
