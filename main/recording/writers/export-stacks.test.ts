/** Stacks of a recording for other programs: folded, and as a profile by the schema that speedscope publishes. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { CodePlace } from '#shared/contract/writers.ts';
import type { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { runProgram } from '../../cli/program.ts';
import { RecordingWriter } from '../recording-writer.ts';
import { infoOf, simulatedFrames } from '../testing/simulated-frames.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;
const schema = createRequire(import.meta.url).resolve('speedscope/dist/release/file-format-schema.json');

const place = (name: string | null, more: Partial<CodePlace> = {}): CodePlace => ({
  ...{ function: name, module: '/usr/bin/game', offset: 0x1234n, file: '/src/game.cc', line: 7 },
  ...more,
});

/** Samples at 50 and 100 ms: 3 pages by move of main, 2 by code without a name; then 1 page by move of main. */
async function recorded(): Promise<string> {
  const path = folder.path(`stacks-${++files}.mcap`);
  const made = await simulatedFrames();
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  const places = [place('move'), place('main'), place(null, { file: null, line: null })];
  const writers = [
    { tid: 11, thread: 'physics', stack: [0, 1] },
    { tid: 0, thread: null, stack: [2] },
  ];
  for (const runs of [
    [5, 3, 0, 20, 2, 1],
    [6, 1, 0],
  ]) {
    const frame = await made.next();
    writer.writers({ timeNs: frame.time * 1e6, places, writers, runs, omitted: 0, lost: 0 });
    writer.frame(frame);
  }
  await writer.stop();
  return path;
}

async function exported(...words: string[]): Promise<string> {
  let text = '';
  const output = { out: (more: string) => void (text += more), error: (more: string) => void (text += more) };
  const code = await runProgram(['export', await recorded(), ...words], output);
  return `${code}\n${text}`;
}

describe('soft-dirty export of writers', () => {
  it('has a row for each run of pages', async () => {
    expect(await exported('--format', 'csv', '--table', 'writers')).toBe(
      [
        '0',
        'seconds,address,pages,tid,thread,function,file,line,module,offset',
        '0,0x5000,3,11,physics,move,/src/game.cc,7,/usr/bin/game,0x1234',
        '0,0x14000,2,0,,,,0,/usr/bin/game,0x1234',
        '0.05,0x6000,1,11,physics,move,/src/game.cc,7,/usr/bin/game,0x1234',
        '',
      ].join('\n'),
    );
  });

  it('folds stacks, outermost first', async () => {
    expect(await exported('--format', 'folded', '--table', 'writers')).toBe(
      '0\nphysics (11);main;move 4\nanother process;game+0x1234 2\n',
    );
    expect(await exported('--format', 'folded', '--table', 'writers', '--from', '0.04')).toBe(
      '0\nphysics (11);main;move 1\n',
    );
    expect(await exported('--format', 'folded')).toMatch(/^2\n.*--format folded needs --table writers/);
  });

  it('makes a profile by the schema that speedscope publishes', async () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, 'utf8')) as object);
    const [code, text = ''] = (await exported('--format', 'speedscope', '--table', 'writers')).split('\n');
    expect(code).toBe('0');
    const profile = JSON.parse(text) as ReturnType<typeof speedscopeProfile>;
    expect(validate(profile), JSON.stringify(validate.errors)).toBe(true);
    const [{ samples, weights, endValue }] = profile.profiles;
    expect({ weights, endValue }).toEqual({ weights: [4, 2], endValue: 6 });
    const names = samples.map((sample) => sample.map((index) => profile.shared.frames[index].name));
    expect(names).toEqual([
      ['physics (11)', 'main', 'move'],
      ['another process', 'game+0x1234'],
    ]);
    expect(profile.shared.frames).toContainEqual({ name: 'move', file: '/src/game.cc', line: 7 });
    // The schema is one that rejects.
    expect(validate({ ...profile, shared: { frames: [{ file: 'x' }] } })).toBe(false);
  });
});
