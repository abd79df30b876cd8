/**
 * The command line of the window: `--source=…`, a recording's file, `--help`, `--version`. Other arguments that begin with `-` are left to
 * Chromium (`--user-data-dir`, `--no-sandbox`, …), which shares the command line and cannot be enumerated.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PermitSubject } from '#shared/contract/permit.ts';
import { RECORDING_ENDING } from '#shared/contract/shell.ts';

/** The largest pid of Linux (PID_MAX_LIMIT, include/linux/threads.h). */
const PID_MAX = 4_194_304;

export interface CommandLine {
  readonly action: 'run' | 'help' | 'version';
  /** `demo`, `simulated`, `pid:N` or `recording:PATH` with an absolute path, checked; null for the start view. */
  readonly source: string | null;
}

export type ParsedCommandLine =
  | { readonly ok: true; readonly value: CommandLine }
  | { readonly ok: false; readonly message: string };

export const HELP = `Soft-Dirty Inspector: see which pages of a Linux process are written.

Usage: soft-dirty-inspector [FILE.mcap] [options]

  FILE.mcap                 open a recording

Options:
  --source=demo             start the demo program and watch it
  --source=simulated        open a simulated program
  --source=pid:N            watch the running process N
  --source=recording:FILE   open a recording with any name
  --help                    show this text and exit
  --version                 show the versions and exit

If the program is running already, its window opens the source.
`;

const RECORDING = 'recording:';

/** What is wrong with a value of `--source`, or null where it is right. */
function sourceProblem(source: string): string | null {
  if (source === 'demo' || source === 'simulated') return null;
  if (source.startsWith(RECORDING)) {
    return source.length > RECORDING.length ? null : `--source=${source} lacks the file after the colon.`;
  }
  const pid = /^pid:(\d+)$/.exec(source)?.[1];
  if (pid === undefined) {
    return `--source=${source} is invalid: use demo, simulated, pid:N with the number of a process, or recording:FILE.`;
  }
  const number = Number(pid);
  if (number < 1 || number > PID_MAX)
    return `--source=${source}: the process number must be between 1 and ${PID_MAX}.`;
  return null;
}

/** The permission that a checked source needs; null where it needs none. */
export function subjectOfWords(source: string): PermitSubject | null {
  if (source.startsWith(RECORDING)) return { kind: 'read', path: source.slice(RECORDING.length) };
  return source.startsWith('pid:') ? { kind: 'attach', pid: Number(source.slice('pid:'.length)) } : null;
}

/**
 * Parses the arguments after the program's name (and after the application folder, in development).
 *
 * @param folder against which files are resolved
 * @returns the command line, or one sentence with the wrong word and what is expected
 */
export function parseCommandLine(words: readonly string[], folder: string): ParsedCommandLine {
  let action: CommandLine['action'] = 'run';
  let source: string | null = null;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--help' || word === '-h') {
      action = 'help';
    } else if (word === '--version') {
      action = 'version';
    } else if (word === '--source' || word.startsWith('--source=') || isRecording(word)) {
      if (source !== null) return { ok: false, message: 'Two sources are given; only one can be open.' };
      if (isRecording(word)) source = `${RECORDING}${word}`;
      else source = word === '--source' ? (words[++index] ?? '') : word.slice('--source='.length);
      const problem = sourceProblem(source);
      if (problem !== null) return { ok: false, message: problem };
    } else if (!word.startsWith('-')) {
      return {
        ok: false,
        message: `Unexpected argument "${word}": a recording's file ends with ${RECORDING_ENDING}; --help shows what else can be given.`,
      };
    }
  }
  if (source?.startsWith(RECORDING)) {
    const path = filePath(source.slice(RECORDING.length));
    if (path === null)
      return { ok: false, message: `${source.slice(RECORDING.length)} is not a file of this machine.` };
    source = `${RECORDING}${resolve(folder, path)}`;
  }
  return { ok: true, value: { action, source } };
}

/** What a file manager or a browser hands over may be a URL; null for one that names no local file. */
function filePath(word: string): string | null {
  if (!word.startsWith('file:')) return word;
  try {
    return fileURLToPath(word);
  } catch {
    return null;
  }
}

function isRecording(word: string): boolean {
  return !word.startsWith('-') && word.toLowerCase().endsWith(RECORDING_ENDING);
}

/** What a second start handed over with the lock (`{source}`); null where it opens nothing, or is not ours. */
export function handedOver(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('source' in data)) return null;
  const { source } = data;
  return typeof source === 'string' && sourceProblem(source) === null ? source : null;
}

/**
 * Our own arguments: without the executable and, in development, without the application folder that Electron
 * was started with and the switches before it.
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
