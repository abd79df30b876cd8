import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** A folder for the files of one test, gone after it. */
export function temporaryFolder(): { path(name: string): string } {
  let folder: string | null = null;
  afterEach(() => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
    folder = null;
  });
  return {
    path(name) {
      folder ??= mkdtempSync(join(tmpdir(), 'recording-'));
      return join(folder, name);
    },
  };
}
