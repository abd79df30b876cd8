import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../app/setup/paths.mjs';
import { expect, test } from '../fixtures/test.ts';

test('`npm start` without a display runs the demo and writes pictures and a summary', async () => {
  const { DISPLAY, WAYLAND_DISPLAY, ...env } = process.env;
  expect([DISPLAY, WAYLAND_DISPLAY].some((display) => display !== undefined)).toBe(true);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['app/setup/command.mjs', 'start'], {
    cwd: root,
    env,
  });
  const folder = /^Pictures and summary: (.+)$/m.exec(stdout + stderr)?.[1];
  if (folder === undefined) throw new Error(stdout + stderr);
  try {
    const summary = JSON.parse(readFileSync(join(root, folder, 'summary.json'), 'utf8')) as {
      readonly errors: readonly string[];
      readonly pictures: readonly { readonly file: string; readonly frames: number; readonly vmas: number }[];
    };
    expect(summary.errors).toEqual([]);
    expect(summary.pictures).toHaveLength(3);
    expect(summary.pictures[2].frames).toBeGreaterThan(summary.pictures[0].frames);
    expect(summary.pictures[2].vmas).toBeGreaterThan(0);
    for (const { file } of summary.pictures)
      expect(
        readFileSync(join(root, folder, file))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
  } finally {
    rmSync(join(root, folder), { recursive: true });
  }
});
