import { InspectorError } from '#shared/contract/errors.ts';
import { COMMANDS } from './commands.ts';
import { printableLines } from './terminal-text.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Output } from './command.ts';

/** Runs the command that `args` (the words after the program's name) ask for; resolves to the exit code. */
export async function runProgram(args: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    output.out(overview());
    return EXIT_OK;
  }
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    const problem = name === undefined ? 'which command?' : `unknown command ${JSON.stringify(name)}`;
    output.error(`soft-dirty: ${problem}\n\n${overview()}`);
    return EXIT_USAGE;
  }
  try {
    const command = await entry.load();
    // What follows `--` belongs to the program that is launched.
    const end = rest.indexOf('--');
    const own = end < 0 ? rest : rest.slice(0, end);
    if (own.includes('--help') || own.includes('-h')) {
      output.out(command.usage);
      return EXIT_OK;
    }
    return await command.run(rest, output);
  } catch (cause) {
    const { message, remedy } = InspectorError.from(cause);
    output.error(printableLines(`soft-dirty ${name}: ${message}${remedy === '' ? '' : `\n${remedy}`}\n`));
    return EXIT_FAILED;
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`,
  );
  return [
    'Usage: npm run --silent soft-dirty -- COMMAND [ARGUMENTS]\n\n',
    'Commands:\n',
    ...lines,
    '\nCOMMAND --help tells more. Exit codes: 0 done, 1 failed or different, 2 wrong usage.\n',
  ].join('');
}
