import { CommanderError, Command as Syntax } from 'commander';
import type { Option } from 'commander';
import { BadValue } from './option-values.ts';

export type { Syntax };

/** An empty description of a command's arguments; it prints nothing and ends no process: errors are thrown, help is returned. */
export function newSyntax(name: string): Syntax {
  return new Syntax(name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .configureHelp({ optionDescription: withoutEmptyDefault })
    .helpOption('-h, --help', 'show this text')
    .allowExcessArguments(false);
}

/** The description with the default, unless that is off or empty. */
function withoutEmptyDefault({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' && defaultValue !== ''
    ? `${description} (default: ${defaultValue})`
    : description;
}

/** Parsed arguments of a command. */
interface ParsedArguments<Values> {
  readonly values: Values;
  /** Arguments that belong to no option. */
  readonly words: readonly string[];
}

/**
 * Reads `args` by `syntax`; throws BadValue with the problem and the nearest valid name.
 *
 * @typeParam Values of the options by their names in camel case; text unless the option takes no value
 */
export function parseArguments<Values>(syntax: Syntax, args: readonly string[]): ParsedArguments<Values> {
  requireValues(syntax, args);
  try {
    syntax.parse([...args], { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    const [flag, name] = /'((--[^=]+)=.*)'/.exec(cause.message)?.slice(1) ?? [];
    // Without the value, commander suggests the nearest name.
    if (cause.code === 'commander.unknownOption' && flag !== undefined) return parseArguments(syntax, [name]);
    const extra = syntax.args[syntax.registeredArguments.length];
    if (cause.code === 'commander.excessArguments' && extra !== undefined)
      throw new BadValue(`unexpected argument ${JSON.stringify(extra)}`);
    throw new BadValue(cause.message.replace(/^error: /, ''));
  }
  return { values: syntax.opts() as Values, words: syntax.args };
}

/** An option whose value was forgotten would take the next option for it: `--start --len 4K`. */
function requireValues(syntax: Syntax, args: readonly string[]): void {
  const optionOf = (word = '') =>
    syntax.options.find(({ long, short }) => word !== '' && (word === long || word === short));
  for (const [i, word] of args.entries()) {
    if (word === '--') return;
    const option = optionOf(word);
    if (!option?.required || optionOf(args[i - 1])?.required) continue;
    const next = optionOf(args[i + 1]);
    if (next !== undefined) throw new BadValue(`${word} needs a value, and ${args[i + 1]} is an option`);
  }
}
