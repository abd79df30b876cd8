/** Texts of the permission dialogs. */
import { readFile, readlink } from 'node:fs/promises';
import type { PermitSubject } from '#shared/contract/permit.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** Label of the button that allows it. */
  readonly confirm: string;
}

/** Longest text of a dialog's detail, in characters; a longer one would push the buttons off the screen. */
const MAX_DETAIL = 1200;

/** @param where the machine that the subject is of; null: this one */
export async function questionOf(subject: PermitSubject, where: string | null): Promise<Question> {
  const on = where === null ? '' : ` on ${shortened(visible(where))}`;
  switch (subject.kind) {
    case 'attach':
      return {
        message:
          where === null
            ? `Attach to process ${subject.pid} (${await processName(subject.pid)})?`
            : `Attach to process ${subject.pid}${on}?`,
        detail: 'One of its threads is stopped for less than a millisecond. The program keeps running.',
        confirm: 'Attach',
      };
    case 'launch': {
      const { command, args, cwd, env } = subject;
      const lines = [
        [command, ...args].map(visible).join(' '),
        ...(cwd === null ? [] : [`Working folder: ${visible(cwd)}`]),
        ...Object.entries(env).map(([name, value]) => visible(`${name}=${value}`)),
      ];
      return { message: `Start this program${on}?`, detail: shortened(lines.join('\n')), confirm: 'Start' };
    }
    case 'read':
      return {
        message: `Open this file${on}?`,
        detail: shortened(visible(subject.path)),
        confirm: 'Open',
      };
    case 'run':
      return {
        message: `Let a trigger run this command${on}?`,
        detail: `${shortened(visible(subject.command))}\n\nIt is passed to /bin/sh when the trigger's condition is met.`,
        confirm: 'Allow',
      };
    case 'write':
      return {
        message: `Record to this file${on}?`,
        detail: shortened(visible(subject.path)),
        confirm: 'Record',
      };
  }
}

/** The question before an engine elsewhere is used. @param words of the command that connects with it */
export function questionOfLocation(where: string, words: readonly string[]): Question {
  return {
    message: `Use the engine on ${shortened(visible(where))}?`,
    detail: `This command connects with it:\n${shortened(words.map(visible).join(' '))}`,
    confirm: 'Connect',
  };
}

/** The dialog with the command that starts an engine in a terminal. @param command to be run there */
export function questionOfTerminal(command: string): Question {
  return {
    message: 'Run this command in a terminal to start the engine as an administrator.',
    detail: `${command}\n\nIt can attach to programs of every user with your permission, creates no files, and ends with the connection.`,
    confirm: 'Copy and wait',
  };
}

/** Name and program of a process, as far as readable. */
async function processName(pid: number): Promise<string> {
  try {
    return visible(await readlink(`/proc/${pid}/exe`));
  } catch {
    return visible((await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown')).trimEnd());
  }
}

/** Control characters, and those that change the direction of text, as escapes: a dialog shows all characters. */
function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function shortened(text: string): string {
  return text.length <= MAX_DETAIL ? text : `${text.slice(0, MAX_DETAIL)} … (${text.length} characters)`;
}
