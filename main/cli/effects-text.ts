import type { Preflight } from '#shared/contract/preflight.ts';
import { printable } from './terminal-text.ts';

/** What attaching can change for a process, for `probe --pid`. */
export function effectsText({ pid, name, backend, effects }: Preflight): string {
  const how = backend === null ? 'no backend works here' : `with ${backend}`;
  const lines = [`Attaching to ${printable(name)} (${pid}), ${how}, can change`, ''];
  for (const { severity, title, detail, chance } of effects) {
    lines.push(`  ${severity.padEnd(7)}  ${title}`, `           ${detail}`, `           When: ${chance}`);
  }
  return `${lines.join('\n')}\n`;
}
