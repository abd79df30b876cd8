import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Compiled, compile, Conversation } from '../testing/c-program.ts';
import { readBuildId } from './build-id.ts';
import { programFiles } from './program-files.ts';

const SOURCE = 'main/native/symbols/testing/data-places.c';
let [folder, program]: [string, Compiled | null] = ['', null];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-id-'));
  program = compile(SOURCE, '-pthread', '-Wl,--build-id=0x0123456789abcdef');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  program?.remove();
});

describe('the build id', () => {
  it('is the one that the linker was given; the C library has one of 20 bytes', async () => {
    const path = program?.path ?? '';
    expect(readBuildId(path)).toBe('0123456789abcdef');
    const running = new Conversation(path);
    await running.line();
    const { program: own, files } = programFiles(running.pid, new Map());
    await running.kill();
    expect(own).toBe('build:0123456789abcdef');
    expect(files).toContainEqual({ path, buildId: '0123456789abcdef' });
    const library = files.find((file) => /\/libc[.-]/.test(file.path));
    expect(library?.buildId).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is null for a file that has none, is truncated, or is not a regular file', () => {
    const without = compile(SOURCE, '-pthread', '-Wl,--build-id=none');
    expect(readBuildId(without.path)).toBe(null);
    without.remove();
    const text = join(folder, 'text');
    writeFileSync(text, 'text');
    const cut = join(folder, 'cut');
    writeFileSync(cut, Buffer.from('7f454c460201'.padEnd(128, 'f'), 'hex'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [text, cut, pipe, folder, join(folder, 'missing'), '/dev/null'])
      expect(readBuildId(path)).toBe(null);
  });
});
