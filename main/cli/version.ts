import { release, type } from 'node:os';
import { version } from '../../package.json' with { type: 'json' };

/** The line of `--version`: this program, and what it runs on. */
export function versionLine(): string {
  return `soft-dirty ${version} (Node ${process.versions.node}, ${type()} ${release()})\n`;
}
