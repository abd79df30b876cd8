import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import { formatCount, plural } from '#shared/plural.ts';
import { addEventPages, type EventPages } from '../recording/event-counts.ts';
import { readMarks } from '../recording/marks-file.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { interruptible } from './interruptible.ts';
import { oneFile } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { columns, formatSize, printable } from './terminal-text.ts';

/** Process events and marks that are listed in words, of thousands; --json has all of them. */
const MAX_LISTED = 20;

const syntax = (): Syntax =>
  newSyntax('soft-dirty info')
    .usage('FILE [--json]')
    .description(
      'Describes a recording: the program, when and how it was recorded, frames, written pages by kind of memory, pages that were touched, hot or gone, marks, operations and process events; and damage, if any (every checksum is checked, unreadable frames are counted). A file that is still being written is described as of now.',
    )
    .argument('[FILE...]', 'the recording')
    .option('--json', 'one JSON object', false);

const notes = `Exit codes: 0 it can be read, entirely or in part ("damage" has what is wrong); 1 there is no such file, or nothing in it
can be read; 2 wrong usage.
`;

export const infoCommand: Command = {
  syntax,
  notes,
  run: withOptions('info', parse, run),
};

interface Options {
  readonly file: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): Options {
  const { values, words } = parseArguments<{ json: boolean }>(syntax(), args);
  return { file: oneFile(words), json: values.json };
}

async function run({ file, json }: Options, output: Output): Promise<number> {
  const facts = await interruptible((signal) => readFacts(file, signal));
  output.out(json ? `${JSON.stringify(facts)}\n` : describe(facts));
  return EXIT_OK;
}

type Facts = Awaited<ReturnType<typeof readFacts>>;

async function readFacts(path: string, signal: AbortSignal) {
  const reader = await RecordingReader.open(path, { signal });
  try {
    // Chunks listed in the index may be damaged.
    const events: EventPages = { touched: 0, hot: 0, gone: 0 };
    let intervals = 0;
    await reader.check(signal, (frames) => (intervals += addEventPages(events, frames)));
    const { index, info, bytes, chunks, damage, skipped, growing, operations, processEvents } = reader;
    const marks = (await readMarks(path)) ?? reader.marks;
    const { pages, max } = index.timeline(index.startNs, index.endNs, 1);
    const seconds = (index.endNs - index.startNs) / 1e9;
    return {
      path,
      bytes,
      damage,
      skipped: { bytes: skipped.bytes, chunks: skipped.chunks, frames: skipped.frames },
      growing,
      version: info?.version ?? null,
      source: info?.source ?? null,
      kernel: info?.kernel ?? null,
      recordedAt: info === null ? null : new Date(info.recordedAt).toISOString(),
      hz: info?.hz ?? null,
      seconds,
      frames: index.frames,
      chunks,
      bytesPerFrame: index.frames === 0 ? 0 : Math.round(bytes / index.frames),
      /** Summed over the frames. */
      pagesByKind: Object.fromEntries(TIMELINE_KINDS.map((kind, k) => [kind, pages[k]])),
      mostPagesInAFrame: max[0],
      /** Summed over the frames of mode interval; null if there is none. */
      pagesByEvent: intervals === 0 ? null : events,
      operations: operations.length,
      processEvents: processEvents.map(({ timeNs, ...event }) => ({ seconds: timeNs / 1e9, ...event })),
      marks: marks.map(({ timeNs, note, colour }) => ({ seconds: timeNs / 1e9, note, colour })),
    };
  } finally {
    await reader.close();
  }
}

function eventText({ pagesByEvent: pages }: Facts): string {
  if (pages === null) return 'not counted: in mode hold events hold since the last clear';
  const { touched, hot, gone } = pages;
  return `touched ${formatCount(touched)}, hot ${formatCount(hot)}, gone ${plural(gone, 'page')}, summed over the frames`;
}

function describe(facts: Facts): string {
  const { source, seconds, frames } = facts;
  const rows: [string, string][] = [
    ['program', source === null ? 'not known' : `${source.title} (${source.detail})`],
    ['watched by', source?.backend ?? 'not known'],
    ['kernel', facts.kernel ?? 'not known'],
    ['recorded', facts.recordedAt ?? 'not known'],
    ['length', `${seconds.toFixed(1)} s, ${plural(frames, 'frame')} at ${facts.hz ?? '?'} a second`],
    ['size', `${formatSize(facts.bytes)}, ${plural(facts.bytesPerFrame, 'byte')} a frame`],
    ['written', `${plural(facts.mostPagesInAFrame, 'page')} in the frame with the most`],
    ['other events', eventText(facts)],
    ['operations', formatCount(facts.operations)],
    ['process events', formatCount(facts.processEvents.length)],
    ['marks', formatCount(facts.marks.length)],
    ['state', facts.growing ? 'still being written' : (facts.damage ?? 'complete')],
  ];
  const head = columns(
    rows.map(([name, value]) => [name, printable(value)]),
    new Set(),
  );
  const lineAt = (at: number, text: string) => `  ${at.toFixed(3).padStart(10)} s  ${printable(text)}`;
  const events = firstOf(facts.processEvents, 'process event', ({ seconds: at, kind, message }) =>
    lineAt(at, `${kind}: ${message}`),
  );
  const marks = firstOf(facts.marks, 'mark', ({ seconds: at, note }) => lineAt(at, note));
  return [...head, ...events, ...marks].map((line) => `${line}\n`).join('');
}

/** A line each, and after the first of many a line with how many more there are. */
function firstOf<Item>(items: readonly Item[], one: string, line: (item: Item) => string): string[] {
  const lines = items.slice(0, MAX_LISTED).map(line);
  const more = items.length - lines.length;
  return more === 0 ? lines : [...lines, `  ${plural(more, `more ${one}`)}: --json has all of them`];
}
