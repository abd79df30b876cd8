import { parseArgs } from 'node:util';
import type { ListedProcess } from '#shared/contract/process-list.ts';
import { listProcesses } from '../native/process-list/list.ts';
import { EXIT_OK, usageError, type Command } from './command.ts';
import { columns, cut, formatSize, printable } from './terminal-text.ts';

const usage = `Usage: soft-dirty ps [--json] [TEXT...]

Lists the processes of this machine, the kernel's own threads left out: number, user, resident memory, whether
"soft-dirty watch" can attach to it, name and command line; where it cannot, why not. No process notices.

TEXT...  only processes in whose number, user, name or command line every word occurs, in any case
--json   one JSON array: [{"pid", "uid", "user", "name", "commandLine", "residentBytes", "obstacle"}, ...] where
         "obstacle" is null, or {"kind", "message", "remedy"}

Exit codes: 0 listed, also where nothing fits; 1 the processes cannot be listed; 2 wrong usage.
`;

export const psCommand: Command = {
  usage,
  run(args, output) {
    let json: boolean;
    let words: string[];
    try {
      const parsed = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: { json: { type: 'boolean', default: false } },
      });
      json = parsed.values.json;
      words = parsed.positionals;
    } catch (error) {
      return Promise.resolve(usageError(output, 'ps', (error as Error).message));
    }
    const { processes } = listProcesses(words.join(' '));
    if (json) output.out(`${JSON.stringify(processes, null, 1)}\n`);
    else output.out(processTable(processes, output.stream?.isTTY ? output.stream.columns : undefined));
    return Promise.resolve(EXIT_OK);
  },
};

/** `width`: of the terminal; without it nothing is cut. */
export function processTable(processes: readonly ListedProcess[], width = Infinity): string {
  const heads = ['PID', 'USER', 'MEMORY', 'ATTACH', 'NAME'];
  const rows = processes.map(({ pid, user, residentBytes, obstacle, name }) => [
    String(pid),
    printable(user),
    formatSize(residentBytes),
    obstacle ? 'no' : 'yes',
    printable(name),
    '',
  ]);
  const lines = columns([[...heads, ''], ...rows], new Set([0, 2]));
  const room = Math.max(16, width - lines[0].length);
  const text = lines.map((line, i) =>
    (i === 0 ? `${line}COMMAND LINE` : line + ending(processes[i - 1], room)).trimEnd(),
  );
  return `${text.map((line) => cut(line, width)).join('\n')}\n`;
}

/** The command line, and after it what is in the way, which goes first for room. */
function ending({ commandLine, obstacle }: ListedProcess, room: number): string {
  const command = printable(commandLine);
  if (!obstacle) return command;
  const reason = `(${obstacle.message})`;
  if (command === '') return reason;
  return `${cut(command, Math.max(16, room - reason.length - 2))}  ${reason}`;
}
