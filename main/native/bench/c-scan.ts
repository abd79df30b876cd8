import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nanoseconds a page of a scan by PAGEMAP_SCAN, with `percent` of the pages written. */
export interface ScanCosts {
  readonly percent: number;
  readonly get: number;
  readonly getAndClear: number;
}

/** Nanoseconds a write of the program that is watched. */
export interface WriteCosts {
  readonly tracked: number;
  readonly untracked: number;
  readonly mprotect: number;
}

/** A C program that scans memory of its own: the kernel's cost without ours. */
export interface CompiledScan {
  measure(pages: number, rounds: number): { costs: ScanCosts[]; writes: WriteCosts };
  remove(): void;
}

/** Builds it; null without a C compiler. Run from the project's root. */
export function compileScan(): CompiledScan | null {
  const folder = mkdtempSync(join(tmpdir(), 'native-bench-'));
  const program = join(folder, 'scan');
  const remove = (): void => {
    rmSync(folder, { recursive: true });
  };
  try {
    execFileSync('cc', ['-O2', '-o', program, 'main/native/bench/scan.c'], { stdio: 'pipe' });
  } catch {
    remove();
    return null;
  }
  return {
    remove,
    measure(pages, rounds) {
      const lines = execFileSync(program, [String(pages), String(rounds)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ScanCosts & WriteCosts);
      return { costs: lines.slice(0, -1), writes: lines.at(-1) as WriteCosts };
    },
  };
}
