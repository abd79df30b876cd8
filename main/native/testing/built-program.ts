import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Compiled } from './c-program.ts';

/** Builds a program with any compiler that takes `-o`, from a source below the repository's root. */
export function build(compiler: string, source: string, ...flags: string[]): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'built-program-'));
  const path = join(folder, 'program');
  execFileSync(compiler, [...flags, '-o', path, source], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}
