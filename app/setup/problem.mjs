import { mkdirSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/**
 * A failure that the user can correct: what happened, and what to do.
 * All errors of set-up; the entry prints it as a sentence and exits with code 1.
 */
export class Problem extends Error {
  /**
   * @param {string} message what happened, a sentence
   * @param {string} remedy what to do about it, a sentence
   * @param {{ cause?: unknown }} [options]
   */
  constructor(message, remedy, options) {
    super(message, options);
    this.name = 'Problem';
    this.remedy = remedy;
  }
}

/** @param {unknown} error @returns {string} the error's code (`ENOSPC` …), or an empty string */
export function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Turns what the file system refuses into a Problem; any other error is returned as it is.
 * @param {unknown} error
 * @param {string} where the folder that was being written
 * @returns {unknown}
 */
export function explainFileError(error, where) {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Problem(
        `The disk that holds ${where} is full.`,
        'Free some space there, or set XDG_CACHE_HOME to a folder on another disk, and run the command again.',
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Problem(
        `${where} cannot be written.`,
        'Make it writable, or set XDG_CACHE_HOME to a folder of your own, and run the command again.',
        { cause: error },
      );
    default:
      return error;
  }
}

/**
 * Makes a folder and those above it; throws a Problem if it cannot.
 * @param {string} folder
 */
export function ensureFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    // On a file system that is mounted read-only Node reports ENOENT, and ENOTDIR if a file is in the way.
    const code = ['ENOENT', 'ENOTDIR', 'EEXIST'].includes(codeOf(error)) ? 'EROFS' : codeOf(error);
    throw explainFileError(Object.assign(new Error(folder, { cause: error }), { code }), folder);
  }
}

/** @param {unknown} error @returns {string} what is printed: a sentence and its remedy, never a stack trace */
export function sentence(error) {
  if (error instanceof Problem) return `${error.message} ${error.remedy}`;
  const message = error instanceof Error ? error.message : String(error);
  return `Unexpected error: ${message.split('\n')[0]} Set SDI_DEBUG=1 to see where, and report it.`;
}

/**
 * Runs an entry point. A number that it returns is the exit code; a failure is printed as a sentence, with code 1.
 * @param {() => Promise<number | void>} main
 */
export async function runEntry(main) {
  try {
    const code = await main();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    const text = sentence(error);
    process.stderr.write(`\n${process.stderr.isTTY ? text : stripVTControlCharacters(text)}\n`);
    if (process.env['SDI_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = 1;
  }
}
