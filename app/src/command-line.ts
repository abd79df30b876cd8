/**
 * The command line of the window: `--source=…`, `--help`, `--version`. Other words that begin with `-` are left to
 * Chromium (`--user-data-dir`, `--no-sandbox`, …), which shares the command line and cannot be enumerated.
 */

/** The largest pid that Linux gives (PID_MAX_LIMIT, include/linux/threads.h). */
const PID_MAX = 4_194_304;

export interface CommandLine {
  readonly action: 'run' | 'help' | 'version';
  /** `demo`, `simulated` or `pid:N`, checked; null for the start view. */
  readonly source: string | null;
}

export type ParsedCommandLine =
  { readonly ok: true; readonly value: CommandLine } | { readonly ok: false; readonly message: string };

export const HELP = `Soft-Dirty Inspector: see which pages of a Linux process are written.

Options:
  --source=demo        start the demo program and watch it
  --source=simulated   open a simulated program
  --source=pid:N       watch the running process N
  --help               show this text and exit
  --version            show the versions and exit
`;

/** What is wrong with a value of `--source`, or null where it is right. */
function sourceProblem(source: string): string | null {
  if (source === 'demo' || source === 'simulated') return null;
  const pid = /^pid:(\d+)$/.exec(source)?.[1];
  if (pid === undefined) {
    return `--source=${source} is not understood: give demo, simulated or pid:N with the number of a process.`;
  }
  const number = Number(pid);
  if (number < 1 || number > PID_MAX) return `--source=${source}: a process number lies in 1 … ${PID_MAX}.`;
  return null;
}

/**
 * Parses the words after the program's name (and after the application folder, in development).
 *
 * @returns the command line, or one sentence that says which word is wrong and what would be right
 */
export function parseCommandLine(words: readonly string[]): ParsedCommandLine {
  let action: CommandLine['action'] = 'run';
  let source: string | null = null;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--help' || word === '-h') {
      action = 'help';
    } else if (word === '--version') {
      action = 'version';
    } else if (word === '--source' || word.startsWith('--source=')) {
      if (source !== null) return { ok: false, message: '--source is given twice; one source can be open.' };
      source = word === '--source' ? (words[++index] ?? '') : word.slice('--source='.length);
      const problem = sourceProblem(source);
      if (problem !== null) return { ok: false, message: problem };
    } else if (!word.startsWith('-')) {
      return { ok: false, message: `Unexpected word "${word}": --help shows what can be given.` };
    }
  }
  return { ok: true, value: { action, source } };
}

/**
 * The words meant for us: without the executable and, in development, without the application folder that Electron
 * was told to run and the switches before it.
 */
export function ownWords(
  argv: readonly string[],
  packaged: boolean,
  isAppFolder: (word: string) => boolean,
): readonly string[] {
  if (packaged) return argv.slice(1);
  const folder = argv.findIndex((word, index) => index > 0 && !word.startsWith('-') && isAppFolder(word));
  return argv.slice(folder < 0 ? 1 : folder + 1);
}
