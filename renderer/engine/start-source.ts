import type { OpenSource } from '#shared/contract/commands.ts';
import { shellInfoSchema, type Shell } from '#shared/contract/shell.ts';
import type { EngineLink } from './engine-link.ts';

const RECORDING = 'recording:';

/** The source named on the command line, or null. */
export async function startSource(shell: Shell, link: EngineLink): Promise<OpenSource | null> {
  const { source } = shellInfoSchema.parse(await shell.info());
  return source === null ? null : sourceOfWords(source, link);
}

/**
 * A source as the shell names it (`demo`, `simulated`, `pid:N`, `recording:PATH`), which it has checked. `simulated` is
 * the first workload, with its defaults.
 */
export async function sourceOfWords(words: string, link: EngineLink): Promise<OpenSource | null> {
  if (words === 'demo') return { kind: 'demo' };
  if (words.startsWith('pid:')) return { kind: 'native', pid: Number(words.slice('pid:'.length)) };
  if (words.startsWith(RECORDING)) return { kind: 'recording', path: words.slice(RECORDING.length) };
  const { workloads } = await link.call('workloads.list', {});
  const first = workloads[0];
  return first ? { kind: 'simulated', workload: first.id, parameters: {}, seed: 1 } : null;
}
