import { createInterface } from 'node:readline';
import { MAX_NOTE } from '#shared/contract/recording.ts';
import { plural } from '#shared/plural.ts';
import { type ControlClient, findInspector } from '../session/control/control-client.ts';
import { type Command, EXIT_OK, type Output, withOptions } from './command.ts';
import { BadValue } from './option-values.ts';
import { processNumber } from './process-options.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { printable } from './terminal-text.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty mark')
    .usage('[NAME] [--phase | --start | --stop] [--pid N] [--lines] [--json]')
    .description(
      'Adds a mark at the present time to what the running window, or the running "soft-dirty record" or "soft-dirty watch", tracks. Meant for scripts and for the tracked program itself: a mark, or the end of a phase, for each frame of a game.',
    )
    .argument('[NAME]', 'the note of the mark or of the phase')
    .option('--phase', 'end a phase: dump what was written since the last one, clear it, mark it', false)
    .option('--start', 'start a recording in the folder of recordings', false)
    .option('--stop', 'stop the recording; "soft-dirty record" ends', false)
    .option('--pid <N>', 'of several inspectors, the one that tracks this process')
    .option(
      '--lines',
      'for each line of standard input, with the line as its name (an empty line has none)',
      false,
    )
    .option('--json', 'one JSON object for each', false);

const notes = `The JSON object:
  {"timeNs":N,"recordingNs":N,"note":"...","writtenPages":N,"recording":"FILE"}        null if it does not apply
"timeNs" is the time of the mark since tracking began, "recordingNs" since the first frame of the recording, as "soft-dirty info" and
"export" have it (without --json that time is printed if something is recorded); "writtenPages" the pages that were written in the phase.

The inspector is reached by a socket in $XDG_RUNTIME_DIR/soft-dirty-inspector, or /tmp/soft-dirty-inspector-UID, that only programs of
the same user may open. With --lines the connection stays open: one line on a pipe for each frame costs no new process.

Exit codes: 0 done; 1 no inspector is running, several are, or it refused; 2 wrong usage.
`;

interface Options {
  readonly command: 'mark' | 'phase' | 'start' | 'stop';
  readonly name: string | null;
  readonly pid: number | null;
  readonly lines: boolean;
  readonly json: boolean;
}

export const markCommand: Command = { syntax, notes, run: withOptions('mark', parse, run) };

function parse(args: readonly string[]): Options {
  const { values, words } = parseArguments<{
    readonly phase: boolean;
    readonly start: boolean;
    readonly stop: boolean;
    readonly pid?: string;
    readonly lines: boolean;
    readonly json: boolean;
  }>(syntax(), args);
  const { phase, start, stop, pid, lines, json } = values;
  const [name = null] = words;
  if ([phase, start, stop].filter(Boolean).length > 1)
    throw new BadValue('--phase, --start and --stop exclude each other');
  if ((start || stop) && (name !== null || lines)) throw new BadValue('--start and --stop take no name');
  if (name !== null && lines) throw new BadValue('with --lines the names are on standard input');
  if (name !== null && name.length > MAX_NOTE)
    throw new BadValue(`a name has at most ${MAX_NOTE} characters`);
  const command = phase ? 'phase' : start ? 'start' : stop ? 'stop' : 'mark';
  return { command, name, pid: pid === undefined ? null : processNumber(pid), lines, json };
}

async function run(options: Options, output: Output): Promise<number> {
  const client = await findInspector(options.pid);
  try {
    if (!options.lines) await perform(client, options.name, options, output);
    else
      for await (const line of createInterface({ input: process.stdin, terminal: false }))
        await perform(client, line === '' ? null : line.slice(0, MAX_NOTE), options, output);
    return EXIT_OK;
  } finally {
    client.close();
  }
}

async function perform(
  client: ControlClient,
  name: string | null,
  { command, json }: Options,
  output: Output,
): Promise<void> {
  const reply = await client.request(
    command === 'mark'
      ? { command, note: name ?? '' }
      : command === 'phase'
        ? { command, note: name }
        : { command },
  );
  const { timeNs, recordingNs, note, writtenPages, state } = reply;
  if (json) {
    output.out(
      `${JSON.stringify({ timeNs, recordingNs, note, writtenPages, recording: state.recording })}\n`,
    );
    return;
  }
  const at = timeNs === null ? '' : ` at ${timeText(timeNs, recordingNs)}`;
  if (command === 'phase')
    output.out(`${printable(note ?? '')}: ${plural(writtenPages ?? 0, 'page')} written${at}\n`);
  else if (command === 'mark') output.out(`Mark${note ? ` "${printable(note)}"` : ''}${at}\n`);
  else output.out(`${printable(state.recording ?? '')}\n`);
}

/** The time as the recording has it, if there is one. */
function timeText(timeNs: number, recordingNs: number | null): string {
  const seconds = ((recordingNs ?? timeNs) / 1e9).toFixed(3);
  return recordingNs === null ? `${seconds} s since tracking began` : `${seconds} s of the recording`;
}
