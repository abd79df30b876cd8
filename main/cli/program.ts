import { COMMANDS } from './commands.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { printableLines } from './terminal-text.ts';
import { EXIT_OK, EXIT_USAGE, failure, type Command, type Output } from './command.ts';
import { versionLine } from './version.ts';

const HELP = new Set(['--help', '-h']);

/** Runs the command in `args` (the arguments after the program's name); resolves to the exit code. */
export async function runProgram(args: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = args;
  if (name !== undefined && HELP.has(name)) {
    output.out(overview().helpInformation());
    return EXIT_OK;
  }
  if (name === '--version' || name === '-V') {
    output.out(versionLine());
    return EXIT_OK;
  }
  if (name === 'help') return await help(rest, output);
  const entry = entryOf(name);
  if (name === undefined || !entry) return unknown(args, output);
  try {
    const command = await entry.load();
    // What follows `--` belongs to the program that is launched.
    const end = rest.indexOf('--');
    const own = end < 0 ? rest : rest.slice(0, end);
    if (own.some((word) => HELP.has(word))) {
      output.out(helpText(command));
      return EXIT_OK;
    }
    return await command.run(rest, output);
  } catch (cause) {
    return failure(output, name, cause);
  }
}

const entryOf = (name: string | undefined) =>
  name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

/** `help` alone is the overview, `help COMMAND` that command's `--help`. */
async function help([name, ...others]: readonly string[], output: Output): Promise<number> {
  if (name === undefined || HELP.has(name)) {
    output.out(overview().helpInformation());
    return EXIT_OK;
  }
  const entry = entryOf(name);
  if (!entry) return unknown([name], output);
  if (others.length > 0) return wrong('help takes one command', output);
  output.out(helpText(await entry.load()));
  return EXIT_OK;
}

function helpText(command: Command): string {
  return `${command.syntax().helpInformation()}\n${command.notes}`;
}

/** Reports an unknown command, with the nearest known one. */
function unknown(args: readonly string[], output: Output): number {
  if (args.length === 0) return wrong('which command?', output);
  try {
    parseArguments(overview(), args);
  } catch (cause) {
    return wrong((cause as Error).message, output);
  }
  return wrong('which command?', output);
}

function wrong(message: string, output: Output): number {
  output.error(`soft-dirty: ${printableLines(message)}\nTry: soft-dirty --help\n`);
  return EXIT_USAGE;
}

/** Every command by name and summary; their options are in their own modules. */
function overview(): Syntax {
  const syntax = newSyntax('soft-dirty')
    .usage('COMMAND [ARGUMENTS]')
    .description(
      'Shows which pages of a Linux process are written. Exit codes: 0 done, 1 failed or different, 2 wrong usage.',
    )
    .version('', '-V, --version', 'show the version');
  // The overview does not list each command's --help.
  for (const [name, { summary }] of Object.entries(COMMANDS))
    syntax.command(name).helpOption(false).description(summary);
  return syntax.helpCommand('help [COMMAND]', 'show the options and details of a command');
}
