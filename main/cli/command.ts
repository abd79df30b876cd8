import type { Writable } from 'node:stream';
import { InspectorError } from '#shared/contract/errors.ts';
import type { Syntax } from './syntax.ts';
import { printableLines } from './terminal-text.ts';

/** Where a command writes; tests pass their own. Text includes its line ends. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
  /** The stream behind `out`, for commands that depend on its speed or width; absent if there is none. */
  readonly stream?: OutputStream;
}

/** The part of process.stdout that is used: its descriptor, and a terminal's size. */
export type OutputStream = Writable & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** One command of the command line. */
export interface Command {
  /** A new description: purpose, arguments, options. `--help` is made of it. */
  syntax(): Syntax;
  /** What `--help` has after the options: formats, details, exit codes. Ends with a line end. */
  readonly notes: string;
  /** `args` are the arguments after the command's name. Resolves to the exit code: 0 done, 1 failed, 2 wrong usage. */
  run(args: readonly string[], output: Output): Promise<number>;
}

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Reports wrong usage on the error stream, with where to read more. */
export function usageError(output: Output, command: string, message: string): number {
  output.error(`soft-dirty ${command}: ${printableLines(message)}\nTry: soft-dirty ${command} --help\n`);
  return EXIT_USAGE;
}

/** Reports what a command threw on the error stream: what happened, and what to do. */
export function failure(output: Output, command: string, cause: unknown): number {
  const { message, remedy } = InspectorError.from(cause);
  output.error(printableLines(`soft-dirty ${command}: ${message}${remedy === '' ? '' : `\n${remedy}`}\n`));
  return EXIT_FAILED;
}

/** `run` of a command: parses its options, and runs it with them. Whatever `parse` throws is wrong usage. */
export function withOptions<T>(
  command: string,
  parse: (args: readonly string[]) => T,
  run: (options: T, output: Output) => number | Promise<number>,
): Command['run'] {
  return async (args, output) => {
    let options: T;
    try {
      options = parse(args);
    } catch (error) {
      return usageError(output, command, (error as Error).message);
    }
    return run(options, output);
  };
}
