/** What recordings have besides frames: JSON that its own schemas describe, and why mappings were not tracked exactly. */
import { readFileSync } from 'node:fs';
import { McapIndexedReader } from '@mcap/core';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Vma } from '#shared/memory/vma.ts';
import { runProgram } from '../cli/program.ts';
import { FrameCursor } from './frame-cursor.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { decompress } from './zstd.ts';

const folder = temporaryFolder();
const UNTRACKED = 'The kernel writes to it without a page fault.';
const COMPARED = 'It is new.';

/** A recording with a message of every kind; its first mappings are not tracked, compared, and tracked. */
async function recorded(): Promise<string> {
  const path = folder.path('a.mcap');
  const made = await simulatedFrames();
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < 5; i++) {
    const frame = await made.next();
    const vmas = frame.vmas?.map((vma, at): Vma => {
      if (at === 0) return { ...vma, tracked: false, untracked: UNTRACKED };
      return at === 1 ? { ...vma, tracking: 'compared', reason: COMPARED } : vma;
    });
    writer.frame({ ...frame, vmas: vmas ?? null });
  }
  const at = { timeNs: 1e8 };
  writer.mark({ ...at, id: 'a', note: 'here', colour: 'red' });
  writer.mark({ ...at, id: 'b', note: '', colour: 'blue' });
  writer.removeMark('b');
  writer.processEvent({ ...at, kind: 'child', pid: 7, message: 'a child' });
  writer.processEvent({ ...at, kind: 'notice', pid: null, message: 'a notice' });
  const operation = { ...at, action: 'GET', detail: '', durationNs: 1500 } as const;
  const request = { start: 0x7fff_ffff_f000n, len: 4096n, vecLen: 1, flags: 0 };
  writer.operation({ ...operation, request, result: { ok: true, ret: 1, next: 9 } });
  writer.operation({
    ...{ ...operation, request: null },
    result: { ok: false, errno: 'EINVAL', message: 'start is not the start of a page' },
  });
  const place = { function: 'f', module: null, offset: 0xfffn, file: 'a.c', line: 3 };
  const writers = [{ tid: 7, thread: 'main', stack: [0] }];
  writer.writers({ ...at, places: [place], writers, runs: [256, 3, 0], omitted: 1, lost: 2 });
  await writer.stop();
  return path;
}

/** The schema, in which no field may be missing. */
const closed = (text: string): object =>
  JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as object;

describe('a recording', () => {
  it('has every field of its JSON in the schemas that it brings', async () => {
    const bytes = readFileSync(await recorded());
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: () => Promise.resolve(BigInt(bytes.length)),
        read: (from, length) => Promise.resolve(bytes.subarray(Number(from), Number(from + length))),
      },
      decompressHandlers: { zstd: (packed, length) => decompress(packed, Number(length), 2 ** 25) },
    });
    const ajv = new Ajv({ strict: false });
    const seen = new Set<string>();
    for await (const { channelId, data } of reader.readMessages()) {
      const channel = reader.channelsById.get(channelId);
      const schema = reader.schemasById.get(channel?.schemaId ?? 0);
      if (!channel || schema?.encoding !== 'jsonschema') continue;
      const message: unknown = JSON.parse(new TextDecoder().decode(data));
      const check = ajv.compile(closed(new TextDecoder().decode(schema.data)));
      expect([check(message), check.errors], `${channel.topic}: ${JSON.stringify(message)}`).toEqual([
        true,
        null,
      ]);
      seen.add(channel.topic);
    }
    expect([...seen].sort()).toEqual(
      ['/marks', '/operations', '/process_events', '/statistics', '/vmas', '/writers'].sort(),
    );
  });

  it('knows which mappings were not tracked, or not exactly, and why', async () => {
    const path = await recorded();
    const reader = await RecordingReader.open(path);
    const cursor = new FrameCursor(reader);
    await cursor.goTo(4);
    const [untracked, compared, tracked] = cursor.vmas;
    expect(untracked).toMatchObject({ tracked: false, untracked: UNTRACKED });
    expect(compared).toMatchObject({ tracked: true, tracking: 'compared', reason: COMPARED });
    expect(tracked).toMatchObject({ tracked: true });
    await reader.close();
    let out = '';
    const output = { out: (text: string) => void (out += text), error: () => undefined };
    expect(await runProgram(['export', path, '--format', 'json', '--table', 'vmas'], output)).toBe(0);
    const rows = out.trimEnd().split('\n');
    expect(JSON.parse(rows[0])).toMatchObject({ tracking: 'untracked', reason: UNTRACKED });
    expect(JSON.parse(rows[1])).toMatchObject({ tracking: 'compared', reason: COMPARED });
    expect(JSON.parse(rows[2])).toMatchObject({ reason: '' });
  });
});
