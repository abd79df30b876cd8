/** FORMAT.md is enough: a decoder in Python, written from it, reads what this program reads. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WritersInterval } from '#shared/contract/writers.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { FrameCursor } from './frame-cursor.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();
const DECODER = join(import.meta.dirname, 'testing', 'decode.py');

interface Line {
  readonly frame: number;
  readonly timeNs: number;
  readonly mode: string;
  readonly planes: [number, number][][];
  readonly vmas: unknown;
}

function decode(path: string): { frames: Line[]; rest: Record<string, unknown[]> } {
  const out = execFileSync('python3', [DECODER, path], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = out.trimEnd().split('\n');
  const rest = JSON.parse(lines.pop() ?? '') as Record<string, unknown[]>;
  return { frames: lines.map((line) => JSON.parse(line) as Line), rest };
}

async function compare(path: string): Promise<ReturnType<typeof decode>> {
  const decoded = decode(path);
  const reader = await RecordingReader.open(path);
  const cursor = new FrameCursor(reader);
  expect(decoded.frames).toHaveLength(reader.index.frames);
  for (const [i, { frame, timeNs, mode, planes, vmas }] of decoded.frames.entries()) {
    await cursor.goTo(i);
    const { tiles } = cursor.state;
    const expected = Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));
    expect(planes, `frame ${i}`).toEqual(expected);
    expect({ frame, timeNs, mode }).toEqual({
      frame: i,
      timeNs: reader.index.times[i],
      mode: cursor.state.mode,
    });
    expect(vmas).toEqual(cursor.vmas);
  }
  const { index } = reader;
  expect(decoded.rest['index']).toEqual(
    Array.from({ length: index.frames }, (_, i) => [index.times[i], index.countsOf(i), index.chunkOf(i)]),
  );
  // It was read from the index, not found by going through the file.
  expect({ damage: reader.damage, whole: reader.wholeBytes }).toEqual({ damage: null, whole: reader.bytes });
  await reader.close();
  return decoded;
}

const writersOf = (timeNs: number): WritersInterval => ({
  timeNs,
  places: [{ function: 'über()', module: null, offset: 0xfffn, file: 'a.c', line: 3 }],
  writers: [{ tid: 7, thread: 'main', stack: [0] }],
  ...{ runs: [256, 3, 0], omitted: 1, lost: 2 },
});

describe('a decoder written from FORMAT.md', () => {
  it.each(['game-loop', 'database', 'memory-leak'])(
    'reads a recording of %s in both modes',
    async (workload) => {
      const path = folder.path('a.mcap');
      const made = await simulatedFrames(workload, 'hold');
      const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
      for (let i = 0; i < 45; i++) {
        const frame = await made.next(i % 30 < 15 ? 'hold' : 'interval');
        if (i === 20) writer.writers(writersOf(frame.time * 1e6));
        writer.frame(frame);
      }
      writer.mark({ id: 'a', timeNs: 1e9, note: 'über', colour: 'red' });
      writer.operation({
        timeNs: 1e9,
        action: 'GET',
        request: { start: 0x7fff_ffff_f000n, len: 4096n, vecLen: 1, flags: 0 },
        detail: '',
        result: { ok: true, ret: 1, next: null },
        durationNs: 1500,
      });
      writer.processEvent({ timeNs: 1e9, kind: 'child', pid: 7, message: 'a child' });
      await writer.stop();
      const { rest } = await compare(path);
      expect(rest['statistics']).toHaveLength(45);
      expect(rest['marks']).toEqual([{ id: 'a', timeNs: 950_000_000, note: 'über', colour: 'red' }]);
      expect(rest['operations']).toMatchObject([{ action: 'GET', request: { start: '140737488351232' } }]);
      expect(rest['writers']).toEqual([
        {
          places: [{ function: 'über()', module: null, offset: '0xfff', file: 'a.c', line: 3 }],
          writers: [{ tid: 7, thread: 'main', stack: [0] }],
          ...{ runs: [256, 3, 0], omitted: 1, lost: 2 },
        },
      ]);
      expect(rest['process_events']).toMatchObject([{ kind: 'child', pid: 7, message: 'a child' }]);
    },
  );

  it('reads a recording of version 1', async () => {
    const { frames } = await compare(join(import.meta.dirname, 'fixtures', 'version-1.mcap'));
    expect(frames.length).toBeGreaterThan(10);
  });
});
