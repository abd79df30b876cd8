import { preflight } from '../native/preflight/preflight.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import type { Output } from './command.ts';
import { printable } from './terminal-text.ts';

/**
 * Reports on standard error, before attaching to process `pid`, what that is likely to change for this program, such as
 * the number of its huge pages; effects on every program are in `--help`. The attach itself reports what prevents it.
 */
export async function reportBeforeAttach(
  command: string,
  pid: number,
  how: TrackingOptions,
  output: Output,
): Promise<void> {
  const found = await preflight(pid, how).catch(() => null);
  for (const { severity, title, detail } of found?.effects ?? []) {
    if (severity !== 'note') output.error(`soft-dirty ${command}: ${printable(`${title}. ${detail}`)}\n`);
  }
}
