/**
 * The command line of the window: `--source=…`, a recording's file, `--help`, `--version`. Other arguments that begin with `-` are left to
 * Chromium (`--user-data-dir`, `--no-sandbox`, …), which shares the command line and cannot be enumerated.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  type EngineLocation,
  engineLocationSchema,
  HERE,
  parseCommand,
  parseSsh,
} from '#shared/contract/engine-location.ts';
import type { PermitSubject } from '#shared/contract/permit.ts';
import { splitShellWords } from '#shared/shell-words.ts';
import { LESSON_ENDING, RECORDING_ENDING } from '#shared/contract/shell.ts';

/** The largest pid of Linux (PID_MAX_LIMIT, include/linux/threads.h). */
const PID_MAX = 4_194_304;

export interface CommandLine {
  readonly action: 'run' | 'help' | 'version';
  /**
   * `demo`, `simulated`, `pid:N`, `name:NAME`, `launch:COMMAND`, `recording:PATH`, or `lesson:NAME` or `lesson:PATH` with `#STEP` where it is
   * given; paths are absolute, all is checked; null for the start view.
   */
  readonly source: string | null;
  /** Where the engine runs. */
  readonly location: EngineLocation;
}

export type ParsedCommandLine =
  | { readonly ok: true; readonly value: CommandLine }
  | { readonly ok: false; readonly message: string };

export const HELP = `Soft-Dirty Inspector: see which pages of a Linux process are written.

Usage: soft-dirty-inspector [FILE.mcap | FILE.json] [options]

  FILE.mcap                 open a recording
  FILE.json                 open a lesson or a scenario

Options:
  --source=demo             start the demo program and watch it
  --source=simulated        open a simulated program
  --source=pid:N            watch the running process N
  --source=name:NAME        watch the running process with that name
  --source="launch:COMMAND" start a program and watch it from its first instruction on
  --source=recording:FILE   open a recording with any name
  --source="ssh://[USER@]HOST[:PORT][/pid/N | /name/NAME | /launch?COMMAND | /demo]"
                            the same on another machine, by ssh; soft-dirty must be installed there
  --via=COMMAND             run the engine by a command, such as "docker exec -i NAME"
  --lesson=NAME[#STEP]      open a lesson, at a step; NAME or a file
  --help                    show this text and exit
  --version                 show the versions and exit

If the program is running already, its window opens the source there.
`;

const RECORDING = 'recording:';
const LESSON = 'lesson:';
const LAUNCH = 'launch:';
/** A name, or a path, and perhaps a step after `#`. */
const LESSON_SOURCE = /^lesson:([^#\0]{1,4096})(#\d{1,6})?$/;

/** What is wrong with a value of `--source`; null if it is valid. */
function sourceProblem(source: string): string | null {
  if (source === 'demo' || source === 'simulated' || /^name:[^\0]{1,64}$/.test(source)) return null;
  if (source.startsWith(LESSON)) {
    return LESSON_SOURCE.test(source)
      ? null
      : `--lesson=${source.slice(LESSON.length)} is invalid: use NAME, FILE.json, or either with #STEP.`;
  }
  if (source.startsWith(LAUNCH)) {
    return launchOf(source) === null
      ? `${source} is invalid: use launch:COMMAND, with quotation marks around words with blanks.`
      : null;
  }
  if (source.startsWith(RECORDING)) {
    return source.length > RECORDING.length ? null : `--source=${source} lacks the file after the colon.`;
  }
  const pid = /^pid:(\d+)$/.exec(source)?.[1];
  if (pid === undefined) {
    return `--source=${source} is invalid: use demo, simulated, pid:N with the number of a process, name:NAME, launch:COMMAND, recording:FILE or ssh://HOST/pid/N.`;
  }
  const number = Number(pid);
  if (number < 1 || number > PID_MAX)
    return `--source=${source}: the process number must be between 1 and ${PID_MAX}.`;
  return null;
}

/** The program of `launch:COMMAND`; null for another source. */
function launchOf(source: string): PermitSubject | null {
  const [command, ...args] = splitShellWords(source.slice(LAUNCH.length)) ?? [];
  return command ? { kind: 'launch', command, args, cwd: null, env: {} } : null;
}

/** The permission that a checked source needs; null if it needs none. */
export function subjectOfArgument(source: string): PermitSubject | null {
  if (source.startsWith(RECORDING)) return { kind: 'read', path: source.slice(RECORDING.length) };
  if (source.startsWith(LAUNCH)) return launchOf(source);
  const lesson = LESSON_SOURCE.exec(source)?.[1];
  if (lesson !== undefined) return isFileName(lesson) ? { kind: 'read', path: lesson } : null;
  return source.startsWith('pid:') ? { kind: 'attach', pid: Number(source.slice('pid:'.length)) } : null;
}

/**
 * Parses the arguments after the program's name (in development, after the application folder).
 *
 * @param folder against which files are resolved
 * @returns the command line, or one sentence with the wrong word and what is expected
 */
export function parseCommandLine(words: readonly string[], folder: string): ParsedCommandLine {
  let action: CommandLine['action'] = 'run';
  let source: string | null = null;
  let location = HERE;
  /** What follows `=` in an option, or else the next word. */
  const valueOf = (option: string): string => {
    const equals = option.indexOf('=');
    return equals < 0 ? (words[++index] ?? '') : option.slice(equals + 1);
  };
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--help' || word === '-h') {
      action = 'help';
    } else if (word === '--version') {
      action = 'version';
    } else if (isSourceArgument(word)) {
      if (source !== null) return { ok: false, message: 'Two sources are given; only one can be open.' };
      if (isRecording(word)) source = `${RECORDING}${word}`;
      else if (isLesson(word)) source = `${LESSON}${word}`;
      else source = `${word.startsWith('--lesson') ? LESSON : ''}${valueOf(word)}`;
      if (source.startsWith(SSH)) {
        const there = parseSshSource(source);
        if (there === null || location.kind !== 'here') return { ok: false, message: sshProblem(source) };
        ({ location, source } = there);
        if (source === null) continue;
      }
      const problem = sourceProblem(source);
      if (problem !== null) return { ok: false, message: problem };
    } else if (word === '--via' || word.startsWith('--via=')) {
      const text = valueOf(word);
      const command = parseCommand(text);
      if (command === null || location.kind !== 'here') {
        return {
          ok: false,
          message: `--via takes one command, such as --via="docker exec -i NAME", not "${text}".`,
        };
      }
      location = command;
    } else if (!word.startsWith('-')) {
      return {
        ok: false,
        message: `Unexpected argument "${word}": a recording's file ends with ${RECORDING_ENDING}, a lesson's with ${LESSON_ENDING}; --help shows what else can be given.`,
      };
    }
  }
  const absolute = source && withAbsolutePath(source, folder);
  if (absolute !== null && typeof absolute !== 'string') return absolute;
  return { ok: true, value: { action, source: absolute, location } };
}

/** The source with its file, if it has one, as an absolute path. */
function withAbsolutePath(source: string, folder: string): string | { ok: false; message: string } {
  const [, lesson = '', step = ''] = LESSON_SOURCE.exec(source) ?? [];
  const isOfRecording = source.startsWith(RECORDING);
  if (!isOfRecording && !isFileName(lesson)) return source;
  const name = isOfRecording ? source.slice(RECORDING.length) : lesson;
  const path = filePath(name);
  if (path === null) return { ok: false, message: `${name} is not a file of this machine.` };
  return isOfRecording ? `${RECORDING}${resolve(folder, path)}` : `${LESSON}${resolve(folder, path)}${step}`;
}

const SSH = 'ssh://';

/** The machine, and the source there: `ssh://host/pid/7` is `pid:7`. */
function parseSshSource(text: string): { location: EngineLocation; source: string | null } | null {
  const [machine = '', kind, ...rest] = text.slice(SSH.length).split('/');
  const location = parseSsh(machine);
  if (location === null) return null;
  // A command may have slashes.
  const launch = /^ssh:\/\/[^/]*\/launch\?(.+)$/s.exec(text)?.[1];
  if (launch !== undefined) return { location, source: `${LAUNCH}${launch}` };
  if (kind === undefined || kind === '') return { location, source: null };
  if ((kind === 'demo' || kind === 'simulated') && rest.length === 0) return { location, source: kind };
  const [value] = rest;
  if (rest.length !== 1 || !value || (kind !== 'pid' && kind !== 'name')) return null;
  return { location, source: `${kind}:${value}` };
}

const sshProblem = (text: string): string =>
  `--source=${text} is invalid: use ssh://[USER@]HOST[:PORT], followed by nothing, /pid/N, /name/NAME, /launch?COMMAND or /demo, and no --via.`;

/** What a file manager or a browser hands over may be a URL; null for one that names no local file. */
function filePath(word: string): string | null {
  if (!word.startsWith('file:')) return word;
  try {
    return fileURLToPath(word);
  } catch {
    return null;
  }
}

/** Anything with a folder or an ending is a file; names of lessons have neither. */
const isFileName = (lesson: string): boolean =>
  /[\\/]/.test(lesson) || lesson.toLowerCase().endsWith(LESSON_ENDING);

function isSourceArgument(word: string): boolean {
  return /^--(source|lesson)(=|$)/.test(word) || isRecording(word) || isLesson(word);
}

function isLesson(word: string): boolean {
  return !word.startsWith('-') && word.toLowerCase().endsWith(LESSON_ENDING);
}

function isRecording(word: string): boolean {
  return !word.startsWith('-') && word.toLowerCase().endsWith(RECORDING_ENDING);
}

const handedOverSchema = z.object({
  source: z.string().nullable(),
  location: engineLocationSchema,
});

/** What a second start handed over with the lock; null if it opens nothing, or is not ours. */
export function handedOver(data: unknown): Omit<CommandLine, 'action'> | null {
  const parsed = handedOverSchema.safeParse(data);
  if (!parsed.success) return null;
  const { source, location } = parsed.data;
  if (source === null) return location.kind === 'here' ? null : parsed.data;
  return sourceProblem(source) === null ? parsed.data : null;
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
