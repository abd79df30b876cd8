import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ensureFolder, explainFileError, Problem, sentence } from './problem.mjs';

const coded = (code: string) => Object.assign(new Error(`${code}: something, write`), { code });

describe('problems', () => {
  it('is a sentence and a remedy', () => {
    expect(sentence(new Problem('It broke.', 'Repair it.'))).toBe('It broke. Repair it.');
  });

  it('names the disk that is full and what to do', () => {
    expect(sentence(explainFileError(coded('ENOSPC'), '/cache'))).toMatch(
      /\/cache is full\. Free some space/,
    );
  });

  it.each(['EACCES', 'EPERM', 'EROFS'])('names the folder that may not be written (%s)', (code) => {
    expect(sentence(explainFileError(coded(code), '/cache'))).toMatch(
      /\/cache cannot be written\. Make it writable/,
    );
  });

  it('leaves other errors as they are', () => {
    const error = coded('EIO');
    expect(explainFileError(error, '/cache')).toBe(error);
  });

  it('shows one line of an unforeseen error, and no stack trace', () => {
    expect(sentence(new Error('first\n    at second'))).toBe(
      'Unexpected error: first Set SDI_DEBUG=1 to see where, and report it.',
    );
  });

  it('reports a file in the folder’s place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sdi-problem-'));
    writeFileSync(join(folder, 'file'), '');
    expect(() => ensureFolder(join(folder, 'file', 'below'))).toThrow(Problem);
    rmSync(folder, { recursive: true });
  });

  it('ends an entry with the sentence on standard error, nothing on standard output, and code 1', async () => {
    const module = fileURLToPath(new URL('problem.mjs', import.meta.url));
    const script = `
      const { Problem, runEntry } = await import(${JSON.stringify(module)});
      await runEntry(async () => { throw new Problem('No network.', 'Plug it in.'); });`;
    const result = await new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], (error, out, err) =>
        resolve({ code: error?.code, out, err }),
      );
    });
    expect(result).toEqual({ code: 1, out: '', err: '\nNo network. Plug it in.\n' });
  });
});
