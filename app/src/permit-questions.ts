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

export async function questionOf(subject: PermitSubject): Promise<Question> {
  switch (subject.kind) {
    case 'attach':
      return {
        message: `Attach to process ${subject.pid} (${await processName(subject.pid)})?`,
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
      return { message: 'Start this program?', detail: shortened(lines.join('\n')), confirm: 'Start' };
    }
    case 'read':
      return { message: 'Open this recording?', detail: shortened(visible(subject.path)), confirm: 'Open' };
    case 'write':
      return { message: 'Record to this file?', detail: shortened(visible(subject.path)), confirm: 'Record' };
  }
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
