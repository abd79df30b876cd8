import type { ListedProcess } from '#shared/contract/process-list.ts';
import { processesHidden } from '../native/notices.ts';
import { listProcesses } from '../native/process-list/list.ts';
import { hiding } from '../native/process/visibility.ts';
import { EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { columns, cut, formatSize, printable } from './terminal-text.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty ps')
    .usage('[--json] [TEXT...]')
    .description(
      'Lists the processes of this machine, the kernel\'s own threads left out: number, user, resident memory, the backend with which "soft-dirty watch" tracks it unless one is named ("no": none works), name and command line, and why no better backend works on it. Reads /proc only.',
    )
    .argument(
      '[TEXT...]',
      'only processes in whose number, user, name or command line every word occurs, in any case',
    )
    .option('--json', 'one JSON array', false);

const notes = `The array of --json: [{"pid", "uid", "user", "name", "commandLine", "residentBytes", "cpuMs", "ageMs",
"backend", "limitation", "obstacle"}, ...] where "cpuMs" is processor time used, "ageMs" the time since it was started,
"backend" is null if none works; "limitation" (why a better one does not work) and "obstacle" (why
none does) are null, or {"kind", "message", "remedy"}.

Exit codes: 0 listed, even if nothing matches; 1 the processes cannot be listed; 2 wrong usage.
`;

export const psCommand: Command = {
  syntax,
  notes,
  run: withOptions('ps', parse, run),
};

type Options = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArguments<{ json: boolean }>(syntax(), args);
}

function run({ values, words }: Options, output: Output): number {
  const { processes } = listProcesses(words.join(' '));
  if (values.json) output.out(`${JSON.stringify(processes, null, 1)}\n`);
  else output.out(processTable(processes, output.stream?.isTTY ? output.stream.columns : undefined));
  const hidden = hiding();
  if (hidden) output.error(`soft-dirty ps: ${processesHidden(hidden)}\n`);
  return EXIT_OK;
}

/** `width`: of the terminal; without it nothing is cut. */
export function processTable(processes: readonly ListedProcess[], width = Infinity): string {
  const heads = ['PID', 'USER', 'MEMORY', 'BACKEND', 'NAME'];
  const rows = processes.map(({ pid, user, residentBytes, backend, name }) => [
    String(pid),
    printable(user),
    formatSize(residentBytes),
    backend ?? 'no',
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

/** The command line, then what prevents a better backend, which is shortened last. */
function ending({ commandLine, limitation, obstacle }: ListedProcess, room: number): string {
  const command = printable(commandLine);
  const error = obstacle ?? limitation;
  if (!error) return command;
  const reason = `(${error.message})`;
  if (command === '') return reason;
  return `${cut(command, Math.max(16, room - reason.length - 2))}  ${reason}`;
}
