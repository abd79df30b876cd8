/** info, recover and export as a user runs them. */
import {
  chmodSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { recordSimulated } from './testing/record-simulated.ts';
import { runHere } from './testing/run-here.ts';
import { RunningCli } from './testing/run-cli.ts';

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/demo-program.ts');
});

const recorded = (name = 'a.mcap', frames?: number, workload?: string) =>
  recordSimulated(folder.path(name), frames, workload);
const lines = (text: string): string[] => text.trimEnd().split('\n');

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
