import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSourceLineSchema } from '#shared/contract/source-line.ts';
import { SignedPermits, signPermit } from '../../main/session/server/permits.ts';
import { openSourceLine, type SourceEditor, startDetached } from './source-editor.ts';

const key = randomBytes(32);
let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'source-editor-'));
  file = join(folder, 'a b#?%20.cc');
  writeFileSync(file, 'int main() {}\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signed = (path: string, line: number) => ({
  ...{ file: path, line, permit: new SignedPermits(key).signSource({ file: path, line }) },
});

function desktop(env: Record<string, string> = {}, hasVsCode = true) {
  const opened: string[] = [];
  const editor: SourceEditor = {
    key: () => key,
    env,
    start: (program, args) => {
      if (program === '/missing/kate') return Promise.reject(new Error('ENOENT'));
      opened.push([program, ...args].join(' | '));
      return Promise.resolve();
    },
    hasVsCode: () => hasVsCode,
    openAddress: (address) => {
      opened.push(address);
      return Promise.resolve();
    },
  };
  return { editor, opened };
}

describe('opening a source line', () => {
  it.each([
    [{ VISUAL: '/usr/bin/code --wait' }, (path: string) => `/usr/bin/code | --wait | --goto | ${path}:42`],
    [{ VISUAL: 'vim', EDITOR: 'kate' }, (path: string) => `kate | --line | 42 | ${path}`],
    [{ EDITOR: 'gedit' }, (path: string) => `gedit | +42 | ${path}`],
    [{ EDITOR: 'subl' }, (path: string) => `subl | ${path}:42`],
  ] as const)('uses the editor of %j', async (env, command) => {
    const { editor, opened } = desktop(env);
    expect(await openSourceLine(signed(file, 42), editor)).toMatchObject({ status: 'opened' });
    expect(opened).toEqual([command(file)]);
  });

  it('uses VS Code if no editor has a window, with the path as part of an address', async () => {
    for (const env of [{}, { VISUAL: 'vim', EDITOR: 'nano' }, { VISUAL: '/missing/kate' }]) {
      const { editor, opened } = desktop(env);
      expect(await openSourceLine(signed(file, 0), editor)).toEqual({ status: 'opened', editor: 'VS Code' });
      expect(opened).toEqual([`vscode://file${folder}/a%20b%23%3F%2520.cc:1`]);
    }
  });

  it('reports what to do if there is no editor', async () => {
    const { editor, opened } = desktop({ VISUAL: '/missing/kate' }, false);
    const reply = await openSourceLine(signed(file, 1), editor);
    expect(reply).toMatchObject({ status: 'failed', message: expect.stringContaining('/missing/kate') });
    expect(opened).toEqual([]);
  });

  it('opens nothing that the engine did not sign, or of another engine', async () => {
    const { editor, opened } = desktop();
    const right = signed(file, 42);
    const nonce = 'ab'.repeat(16);
    const wrong = [
      { ...right, line: 43 },
      { ...right, file: '/etc/passwd' },
      { ...right, permit: `${nonce}.${'0'.repeat(64)}` },
      // A permit of the shell for the same path is not a signature.
      { ...right, permit: `${nonce}.${signPermit(key, nonce, { kind: 'read', path: file })}` },
      { ...right, permit: new SignedPermits(randomBytes(32)).signSource(right) },
    ];
    for (const one of wrong)
      expect(await openSourceLine(one, editor)).toMatchObject({
        message: 'This line is not one that the engine reported.',
      });
    expect(await openSourceLine(right, { ...editor, key: () => null })).toMatchObject({ status: 'failed' });
    expect(opened).toEqual([]);
  });

  it('opens regular files only', async () => {
    const { editor, opened } = desktop();
    mkdirSync(join(folder, 'dir'));
    symlinkSync('/dev/zero', join(folder, 'device'));
    for (const path of [join(folder, 'missing'), join(folder, 'dir'), join(folder, 'device'), '/dev/null'])
      expect(await openSourceLine(signed(path, 1), editor)).toMatchObject({ status: 'failed' });
    expect(opened).toEqual([]);
    symlinkSync(file, join(folder, 'link'));
    expect(await openSourceLine(signed(join(folder, 'link'), 1), editor)).toMatchObject({ status: 'opened' });
  });

  it('takes absolute paths only: no addresses, no options', () => {
    for (const path of ['vscode://file/a', '-rf', 'a.cc', '/a\0b', '/a\nb', ''])
      expect(openSourceLineSchema.safeParse(signed(path, 1)).success, path).toBe(false);
    expect(openSourceLineSchema.safeParse(signed(file, 1)).success).toBe(true);
    expect(openSourceLineSchema.safeParse({ ...signed(file, 1), line: 1.5 }).success).toBe(false);
  });

  it('starts a program without a shell in between', async () => {
    const editor = join(folder, 'gedit');
    writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" >"${folder}/args"\n`);
    chmodSync(editor, 0o755);
    const odd = join(folder, '$(touch x);.cc');
    writeFileSync(odd, '');
    const real = { ...desktop().editor, start: startDetached, env: { VISUAL: editor } };
    expect(await openSourceLine(signed(odd, 7), real)).toEqual({ status: 'opened', editor: 'gedit' });
    await vi.waitFor(() => expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(`+7\n${odd}\n`), 30_000);
    expect(existsSync(join(folder, 'x'))).toBe(false);
    await expect(startDetached('/missing/kate', [])).rejects.toThrow('ENOENT');
  });
});
