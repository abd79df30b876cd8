import { Command as Syntax, CommanderError } from 'commander';
import { BadValue } from './option-values.ts';

export type { Syntax };

/** An empty description of a command's arguments; it prints nothing and ends no process: errors are thrown, help is returned. */
export function newSyntax(name: string): Syntax {
  return new Syntax(name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption('-h, --help', 'show this text')
    .allowExcessArguments(false);
}

/** Parsed arguments of a command. */
interface ParsedWords<Values> {
  readonly values: Values;
  /** Those that belong to no option. */
  readonly words: readonly string[];
}

/**
 * Reads `args` by `syntax`; throws BadValue with the problem and the nearest valid name.
 *
 * @typeParam Values of the options by their names in camel case; text unless the option takes no value
 */
export function parseWords<Values>(syntax: Syntax, args: readonly string[]): ParsedWords<Values> {
  try {
    syntax.parse([...args], { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    const [flag, name] = /'((--[^=]+)=.*)'/.exec(cause.message)?.slice(1) ?? [];
    // The nearest name is looked for without the value.
    if (cause.code === 'commander.unknownOption' && flag !== undefined) return parseWords(syntax, [name]);
    throw new BadValue(cause.message.replace(/^error: /, ''));
  }
  return { values: syntax.opts() as Values, words: syntax.args };
}
