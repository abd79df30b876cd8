import type { OpenSource } from '#shared/contract/commands.ts';
import { shellInfoSchema, type Shell } from '#shared/contract/shell.ts';
import type { EngineLink } from './engine-link.ts';

/**
 * What the command line asked to open (`--source=demo|simulated|pid:N`), or null where it asked for nothing. The
 * shell has checked the words. `simulated` is the first workload, with its defaults.
 */
export async function startSource(shell: Shell, link: EngineLink): Promise<OpenSource | null> {
  const { source } = shellInfoSchema.parse(await shell.info());
  if (source === null) return null;
  if (source === 'demo') return { kind: 'demo' };
  if (source.startsWith('pid:')) return { kind: 'native', pid: Number(source.slice('pid:'.length)) };
  const { workloads } = await link.call('workloads.list', {});
  const first = workloads[0];
  return first ? { kind: 'simulated', workload: first.id, parameters: {}, seed: 1 } : null;
}
