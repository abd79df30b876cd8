/** Limits of a recording that is made: its size, its frames, its last second. */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { OperationRecord } from '#shared/contract/recording.ts';
import { randomWords } from '#shared/testing/random.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();

/** Text that hardly compresses. */
function noise(length: number, seed: number): string {
  const random = randomWords(seed);
  let text = '';
  while (text.length < length) {
    text += random().toString(36);
  }
  return text.slice(0, length);
}

const operation = (detail: string): OperationRecord => ({
  ...{ timeNs: 0, action: 'set', request: null, detail, durationNs: 0 },
  result: { ok: true, ret: 0, next: null },
});

describe('a size that is asked for', () => {
  it.each([65_536, 70_000, 131_072, 300_000])(
    'of %i bytes is never passed, with any notes',
    async (maxBytes) => {
      const frames = await simulatedFrames('database', 'interval');
      const path = folder.path(`${maxBytes}.mcap`);
      let ended: InspectorError | null | undefined;
      const writer = await RecordingWriter.create({
        path,
        info: infoOf(frames.source),
        maxBytes,
        onEnd: (problem) => (ended = problem),
      });
      for (let i = 0; ended === undefined && i < 20_000; i++) {
        writer.operation(operation(noise(400, i + 1)));
        writer.frame(await frames.next());
        if (i % 20 === 0) await sleep(1);
      }
      expect(ended).toBeNull();
      expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
      const reader = await RecordingReader.open(path);
      expect(reader.damage).toBeNull();
      expect(reader.index.frames).toBeGreaterThan(0);
      await reader.close();
    },
    120_000,
  );
});

describe('the frames that a recording can have', () => {
  it('are announced before they are reached, and reported as what they are', async () => {
    const frames = await simulatedFrames();
    const path = folder.path('a.mcap');
    const notices: [number, string][] = [];
    let ended: InspectorError | null | undefined;
    const writer = await RecordingWriter.create({
      path,
      info: infoOf(frames.source),
      maxFrames: 40,
      onNotice: (message) => notices.push([writer.progress().frames, message]),
      onEnd: (problem) => (ended = problem),
    });
    for (let i = 0; i < 60; i++) writer.frame(await frames.next());
    await writer.stop();
    await sleep(1);
    expect(notices).toEqual([[38, 'The recording has 38 frames; it ends at 40, the maximum.']]);
    expect(ended).toMatchObject({
      kind: 'unsupported',
      message: 'The recording has 40 frames, the maximum, and has ended. The file is complete.',
    });
    const reader = await RecordingReader.open(path);
    expect({ frames: reader.index.frames, damage: reader.damage }).toEqual({ frames: 40, damage: null });
    await reader.close();
  });
});

describe('the last second', () => {
  it('is all that a crash costs even if samples are rarer', async () => {
    const frames = await simulatedFrames('game-loop', 'interval', { step: 5000 });
    const path = folder.path('a.mcap');
    const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
    for (let i = 1; i <= 3; i++) {
      writer.frame(await frames.next());
      // What another process would find if this one were killed here: the sample, long before the next one comes.
      await expect.poll(() => framesIn(path), { timeout: 20_000 }).toBe(i);
    }
    await writer.stop();
  }, 120_000);
});

async function framesIn(path: string): Promise<number> {
  const reader = await RecordingReader.open(path, { scan: true });
  try {
    return reader.index.frames;
  } finally {
    await reader.close();
  }
}
