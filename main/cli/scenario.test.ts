import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';

const fixtures = fileURLToPath(new URL('../scenarios/fixtures/', import.meta.url));
const trace = path.join(fixtures, 'directed/002-clear-then-write.json');
const GOOD =
  '{"name": "good", "steps": [{"op": "fork"}, {"op": "vmas", "result": {"stale": 1}, "text": "x"}]}';
const BROKEN = '{"name": "broken", "steps": [{"op": "fork"}, {"op": "munmap", "addr": 0}]}';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'scenario-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, text);
  return full;
}

async function program(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let out = '';
  let error = '';
  const code = await runProgram(args, { out: (text) => (out += text), error: (text) => (error += text) });
  return { code, out, error };
}

describe('scenario steps FILE', () => {
  it('prints the sub-steps of each call, and why a page is written', async () => {
    const { code, out, error } = await program('scenario', 'steps', '--page', '0x100005000', trace);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('wp_page_reuse()');
    expect(out).toContain('exc_page_fault()');
    expect(out).toMatch(/Why 0x100005000 is written, since .*:\n/);
  });

  it.each([
    [['--page', 'there', trace], '--page: "there" is not an address'],
    [[trace, trace], 'steps takes one file'],
  ])('%j is wrong usage', async (args, problem) => {
    const { code, error } = await program('scenario', 'steps', ...args);
    expect(code).toBe(2);
    expect(error).toContain(problem);
  });
});

describe('scenario run FILE', () => {
  it('prints the recorded trace again, byte for byte', async () => {
    const { code, out, error } = await program('scenario', 'run', trace);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toBe(readFileSync(trace, 'utf8'));
  });

  it('replaces results and keeps all else in its place, numbers of 64 bits too', async () => {
    const text =
      '{"seed": 18446744073709551615, "name": "n", "steps": [{"result": {"ret": 9}, "op": "write", ' +
      '"addr": 9223372036854775807, "len": 1, "ask": "why?"}], "kernel": {"1.10": 1.10}}';
    const { code, out } = await program('scenario', 'run', file('a.json', text));
    expect(code).toBe(0);
    expect(out).toBe(
      '{"seed": 18446744073709551615, "name": "n", "steps":[\n' +
        '{"result": {"signal": "SIGSEGV", "page": 0}, "op": "write", "addr": 9223372036854775807, "len": 1, ' +
        '"ask": "why?"}\n], "kernel": {"1.10": 1.10}}\n',
    );
  });

  it('names file, step and field of what is wrong, and prints nothing else', async () => {
    const name = file('b.json', BROKEN);
    const { code, out, error } = await program('scenario', 'run', name);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toBe(
      `soft-dirty scenario: ${name}: steps[1] (munmap): len: expected a whole number or a hex string like "0x1000", got nothing\n` +
        'Correct the file and try again.\n',
    );
  });

  it.each([
    ['missing.json', 'missing.json: there is no such file or folder (ENOENT).\nCheck the path.\n'],
    ['.', ' is a folder, not a regular file.\nSelect a scenario file.\n'],
  ])('cannot read %s', async (name, message) => {
    const { code, out, error } = await program('scenario', 'run', path.join(folder, name));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error.endsWith(message.slice(1))).toBe(true);
  });

  it('lists vec only if the scenario has fullVec', async () => {
    const steps =
      '[{"op": "mmap", "addr": "0x100000000", "len": 8192, "prot": "rw", "kind": "anon-private"},' +
      '{"op": "ioctl", "cmd": "GET", "start": "0x100000000", "len": 8192, "vecLen": 5, "flags": 0}]';
    const plain = await program('scenario', 'run', file('p.json', `{"name": "n", "steps": ${steps}}`));
    expect(plain.out).toContain('"result": {"ret": 2, "vecRuns": [[0, 2]]}}');
    const full = await program(
      'scenario',
      'run',
      file('f.json', `{"name": "n", "fullVec": true, "steps": ${steps}}`),
    );
    expect(full.out).toContain('"result": {"ret": 2, "vecRuns": [[0, 2]], "vec": [0, 4096]}}');
  });
});

describe('scenario run --out DIR FILES', () => {
  it('writes the good ones under their own names and reports the others', async () => {
    const out = path.join(folder, 'new/out');
    const names = [file('a.json', GOOD), file('b.json', BROKEN), path.join(folder, 'c.json')];
    const { code, out: stdout, error } = await program('scenario', 'run', '--out', out, ...names);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const ours = error.split('\n').filter((line) => line.startsWith('soft-dirty scenario: '));
    expect(ours.map((line) => /([a-z]\.json):/.exec(line)?.[1])).toEqual(['b.json', 'c.json']);
    expect(readdirSync(out)).toEqual(['a.json']);
    expect(readFileSync(path.join(out, 'a.json'), 'utf8')).toContain(
      '"result": {"ret": 0, "vmas": []}, "text"',
    );
  });

  it('never overwrites the scenario itself, nor one output with another', async () => {
    const name = file('a.json', GOOD);
    const itself = await program('scenario', 'run', '--out', folder, name);
    expect(itself).toMatchObject({ code: 1, error: expect.stringContaining('would overwrite') as unknown });
    expect(readFileSync(name, 'utf8')).toBe(GOOD);
    mkdirSync(path.join(folder, 'other'));
    const twin = file('other/a.json', GOOD);
    const both = await program('scenario', 'run', '--out', path.join(folder, 'out'), name, twin);
    expect(both).toMatchObject({ code: 1, error: expect.stringContaining('has the same name') as unknown });
  });

  it('reports a folder that cannot be written', async () => {
    const name = file('a.json', GOOD);
    const { code, error } = await program('scenario', 'run', '--out', path.join(name, 'out'), name);
    expect(code).toBe(1);
    expect(error).toContain(
      `cannot write ${path.join(name, 'out/a.json')}: a part of its path is not a folder (ENOTDIR)`,
    );
  });
});

describe('scenario check FILES', () => {
  it('prints one line per file and a summary; 0 if all are as recorded', async () => {
    const { code, out, error } = await program('scenario', 'check', trace, trace);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toBe(
      `ok         ${trace}: 15 steps\nok         ${trace}: 15 steps\n2 files: 2 as recorded, 0 different, 0 in error\n`,
    );
  });

  it('names step, field, expected and got of a difference; the others are still checked', async () => {
    const changed = readFileSync(trace, 'utf8').replace('"softDirty": true', '"softDirty": false');
    const names = [file('a.json', changed), file('b.json', BROKEN), file('c.json', GOOD), trace];
    const { code, out } = await program('scenario', 'check', ...names);
    expect(code).toBe(1);
    const lines = out.replaceAll(`${folder}/`, '').split('\n');
    expect(lines[0]).toMatch(
      /^different {2}a\.json: steps\[\d+\] \(pagemap\): runs\[\d\]\.softDirty: expected false, got true$/,
    );
    expect(lines[1]).toMatch(/^error {6}b\.json: steps\[1\] \(munmap\): len: /);
    expect(lines[2]).toBe('different  c.json: steps[0] (fork): has no recorded result (and 3 more)');
    expect(lines[3]).toBe(`ok         ${trace}: 15 steps`);
    expect(lines[4]).toBe('4 files: 1 as recorded, 2 different, 1 in error');
  });
});

describe('usage', () => {
  it.each([
    [['scenario'], 'expected run, check or steps'],
    [['scenario', 'walk', 'x'], 'unknown action "walk"'],
    [['scenario', 'run'], 'run needs a file'],
    [['scenario', 'run', 'a', 'b'], 'more than one file needs --out DIR'],
    [['scenario', 'run', '--into', 'a'], "unknown option '--into'"],
    [['scenario', 'check', '--out', 'd', 'a'], 'check writes nothing'],
    [['toString'], "unknown command 'toString'"],
    [[], 'which command?'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, error } = await program(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(message);
  });

  it('--help prints the exit codes on standard output', async () => {
    const overview = await program('--help');
    expect(overview).toMatchObject({ code: 0, error: '' });
    expect(overview.out).toContain('  scenario');
    const help = await program('scenario', 'check', '--help');
    expect(help).toMatchObject({ code: 0, error: '' });
    expect(help.out).toContain('Exit codes: 0');
  });
});
