import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A C program below main/native, compiled with `cc` into a separate folder that every user may read. */
export class CompiledProgram {
  readonly path: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'compiled-'));

  /** @param source its path below main/native */
  constructor(source: string, ...flags: string[]) {
    chmodSync(this.folder, 0o755);
    this.path = join(this.folder, basename(source, '.c'));
    const file = fileURLToPath(new URL(`../${source}`, import.meta.url));
    execFileSync('cc', ['-O1', '-o', this.path, file, '-pthread', ...flags], { stdio: 'inherit' });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
