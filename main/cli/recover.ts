import { existsSync } from 'node:fs';
import { plural } from '#shared/plural.ts';
import { recover } from '../recording/recover.ts';
import { EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { interruptible } from './interruptible.ts';
import { oneFile } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { formatSize, printable } from './terminal-text.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty recover')
    .usage('FILE [--out FILE] [--json]')
    .description(
      'Recovers the readable frames of a recording that is unfinished (the recorder was killed, the machine went down) or damaged: writes them to a new, complete file, opens it and reads every frame. FILE itself is not changed.',
    )
    .argument('[FILE...]', 'the recording')
    .option('--out <FILE>', 'default: FILE with ".recovered" before its extension; never overwritten')
    .option('--json', 'the result as one JSON object', false);

const notes = `Exit codes: 0 the new file has all that could be recovered; 1 nothing could be recovered, or the file could not be written;
2 wrong usage.
`;

export const recoverCommand: Command = {
  syntax,
  notes,
  run: withOptions('recover', parse, run),
};

interface Options {
  readonly file: string;
  readonly out?: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): Options {
  const { values, words } = parseArguments<{ out?: string; json: boolean }>(syntax(), args);
  return { file: oneFile(words), ...values };
}

async function run({ file, out: given, json }: Options, output: Output): Promise<number> {
  const out = given ?? recoveredName(file);
  const result = await interruptible((signal) => recover(file, out, signal));
  if (json) {
    output.out(`${JSON.stringify(result)}\n`);
    return EXIT_OK;
  }
  const { path, frames, bytes, lost, damage } = result;
  output.out(`${printable(path)}: ${plural(frames, 'frame')}, ${formatSize(bytes)}\n`);
  output.error(`${printable(damage === null ? `${file} is complete.` : `${file}: ${damage}`)}\n`);
  if (lost > 0)
    output.error(`${plural(lost, 'frame was damaged and is', 'frames were damaged and are')} left out.\n`);
  return EXIT_OK;
}

/** An unused name in the same folder. */
function recoveredName(file: string): string {
  const stem = file.replace(/\.mcap$/i, '');
  for (let number = 1; ; number++) {
    const name = `${stem}.recovered${number === 1 ? '' : `-${number}`}.mcap`;
    if (!existsSync(name)) return name;
  }
}
