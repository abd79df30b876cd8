import type { OpenSource } from '#shared/contract/commands.ts';
import { splitShellWords } from '#shared/shell-words.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { shellInfoSchema, type Shell } from '#shared/contract/shell.ts';
import type { EngineLink } from './engine-link.ts';

const RECORDING = 'recording:';
const NAME = 'name:';
const LAUNCH = 'launch:';

/** What the command line names, as the shell passes it on; null for the start view. */
export async function startArgument(shell: Shell): Promise<string | null> {
  return shellInfoSchema.parse(await shell.info()).source;
}

/**
 * A source as the shell names it (`demo`, `simulated`, `pid:N`, `name:NAME`, `launch:COMMAND`, `recording:PATH`), which it has checked. `simulated` is
 * the first workload, with its defaults.
 */
export async function sourceOfArgument(words: string, link: EngineLink): Promise<OpenSource | null> {
  if (words === 'demo') return { kind: 'demo' };
  if (words.startsWith('pid:')) return { kind: 'native', pid: Number(words.slice('pid:'.length)) };
  if (words.startsWith(RECORDING)) return { kind: 'recording', path: words.slice(RECORDING.length) };
  if (words.startsWith(NAME)) return { kind: 'native', pid: await pidOfName(words.slice(NAME.length), link) };
  if (words.startsWith(LAUNCH)) {
    const [command = '', ...args] = splitShellWords(words.slice(LAUNCH.length)) ?? [];
    return { kind: 'launch', command, args, cwd: null, env: {} };
  }
  const { workloads } = await link.call('workloads.list', {});
  const first = workloads[0];
  return first ? { kind: 'simulated', workload: first.id, parameters: {}, seed: 1 } : null;
}

/** The one process with that name; rejects with an InspectorError if there is none, or more than one. */
async function pidOfName(name: string, link: EngineLink): Promise<number> {
  const { processes } = await link.call('processes.list', { search: name });
  const named = processes.filter((process) => process.name === name);
  const [first, ...others] = named;
  if (first && others.length === 0) return first.pid;
  const found = first ? `Processes ${named.map(({ pid }) => pid).join(', ')} are` : 'No process is';
  throw new InspectorError('no-such-process', `${found} named "${name}".`, 'Select a process in the list.');
}
