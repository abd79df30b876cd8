/** `soft-dirty record` as a user runs it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { ServedWindow } from '../session/testing/test-window.ts';
import { recordSimulated } from './testing/record-simulated.ts';
import { runHere } from './testing/run-here.ts';
import { parseRecordOptions } from './record-options.ts';
import { RunningCli } from './testing/run-cli.ts';

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/demo-program.ts');
});

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
      const source = await recordSimulated(folder.path('source.mcap'), 400);
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
