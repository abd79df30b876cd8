/**
 * Opens a source line in the user's editor. What is opened is checked here and nowhere else: the engine of this machine signed file and
 * line, and the file is a regular one. Nothing that the page sends becomes a command or another kind of address.
 */
import { spawn } from 'node:child_process';
import { lstat, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OpenSourceLine, OpenSourceLineReply } from '#shared/contract/source-line.ts';
import { systemReason } from '#shared/system-reason.ts';
import { isSignedSource } from '../../main/session/server/permits.ts';

type Arguments = (file: string, line: number) => string[];

const goTo: Arguments = (file, line) => ['--goto', `${file}:${line}`];
const colon: Arguments = (file, line) => [`${file}:${line}`];
const plus: Arguments = (file, line) => [`+${line}`, file];
const option: Arguments = (file, line) => ['--line', String(line), file];

/** Editors with their own window, by the name of their program; those of terminals are missing, since there is no terminal. */
const EDITORS: Readonly<Record<string, Arguments>> = {
  ...{ code: goTo, 'code-insiders': goTo, codium: goTo, vscodium: goTo, cursor: goTo },
  ...{ subl: colon, zed: colon, zeditor: colon, geany: colon },
  ...{ gedit: plus, pluma: plus, xed: plus, gvim: plus, emacs: plus, 'nvim-qt': plus },
  ...{ kate: option, kwrite: option, idea: option, clion: option, rustrover: option },
};

export interface SourceEditor {
  /** The key of this machine's engine; null while an engine elsewhere is used, whose files are not here. */
  key(): Buffer | null;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Resolves once the program has started. */
  start(program: string, args: readonly string[]): Promise<void>;
  /** Whether a program is registered for vscode: addresses. */
  hasVsCode(): boolean;
  openAddress(address: string): Promise<void>;
}

/** Opens a line that the engine signed. */
export async function openSourceLine(
  { file, line, permit }: OpenSourceLine,
  editor: SourceEditor,
): Promise<OpenSourceLineReply> {
  const key = editor.key();
  if (key === null)
    return failed('The source files are on the machine of the engine.', 'Copy the line and open it there.');
  if (!isSignedSource(key, { file, line }, permit))
    return failed('This line is not one that the engine reported.', 'Open a line of the list of writers.');
  const path = await regularFile(file);
  if (path === null)
    return failed(
      `${file} is not a file on this machine.`,
      'Copy the line, and look for the file elsewhere.',
    );
  return inEditor(path, Math.max(1, line), editor);
}

async function inEditor(file: string, line: number, editor: SourceEditor): Promise<OpenSourceLineReply> {
  let problem: string | null = null;
  for (const name of ['VISUAL', 'EDITOR']) {
    const [program, ...given] = (editor.env[name] ?? '').trim().split(/\s+/);
    const args = program && EDITORS[basename(program)];
    if (!program || !args) continue;
    try {
      await editor.start(program, [...given, ...args(file, line)]);
      return { status: 'opened', editor: basename(program) };
    } catch (cause) {
      problem = `$${name}, ${program}, could not be started: ${systemReason(cause)}.`;
    }
  }
  const remedy =
    'Set $VISUAL to an editor with a window of its own, such as kate or gedit, or install VS Code.';
  if (!editor.hasVsCode()) return failed(problem ?? 'No editor with a window of its own is known.', remedy);
  try {
    await editor.openAddress(`vscode://file${pathToFileURL(file).pathname}:${line}`);
    return { status: 'opened', editor: 'VS Code' };
  } catch (cause) {
    return failed(
      `VS Code could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy,
    );
  }
}

/** The file that `path` leads to; null unless it is a regular one. */
async function regularFile(path: string): Promise<string | null> {
  try {
    const real = await realpath(path);
    return (await lstat(real)).isFile() ? real : null;
  } catch {
    return null;
  }
}

/** A program that continues after this one, without input or output. */
export function startDetached(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: 'ignore' });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

const failed = (message: string, remedy: string): OpenSourceLineReply => ({
  ...{ status: 'failed', message, remedy },
});
