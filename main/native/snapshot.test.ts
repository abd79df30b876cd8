import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { MAX_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import { NativeSource } from './native-source.ts';
import type { AttachOptions } from './open-tracked.ts';
import { buildScripts, type BuiltScripts } from './testing/built-scripts.ts';
import { marks } from './testing/marks.ts';
import { Target } from './testing/target.ts';

let scripts: BuiltScripts;
const open: { kill(): unknown; close(): unknown }[] = [];

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterEach(async () => {
  for (const each of open.splice(0)) {
    await each.close();
    await each.kill();
  }
});

async function watch(options: AttachOptions = {}): Promise<{ target: Target; source: NativeSource }> {
  const target = await Target.start(scripts.path('test-target'));
  const source = await NativeSource.attach(target.pid, options);
  open.push({ kill: () => target.kill(), close: () => source.close() });
  return { target, source };
}

const runs = ({ planes }: Snapshot, plane: Plane) => [
  ...(planes.find((each) => each.plane === plane)?.runs ?? []),
];
const word = (bytes: Uint8Array, at: number) => Buffer.from(bytes.buffer).readBigUInt64LE(at);

describe('a snapshot', () => {
  it('has written pages, the state and the contents of each page, and clears nothing', async () => {
    const { target, source } = await watch();
    const page = await target.map(12);
    await target.fill(page, 4);
    await source.operate({
      op: 'CLEAR',
      start: BigInt(page * PAGE_SIZE),
      len: BigInt(12 * PAGE_SIZE),
      vecLen: 0,
      flags: 0,
    });
    await target.write(page + 1, page + 2, page + 6);
    await target.send({ op: 'read', pages: [page + 8] });
    for (let again = 0; again < 2; again++) {
      const snapshot = await source.snapshot(page, 12);
      expect(runs(snapshot, Plane.Written)).toEqual([page + 1, 2, page + 6, 1]);
      expect(runs(snapshot, Plane.Present)).toEqual([page, 4, page + 6, 1, page + 8, 1]);
      expect(runs(snapshot, Plane.Zero)).toEqual([page + 8, 1]);
      expect([...snapshot.read]).toEqual([page, 4, page + 6, 1, page + 8, 1]);
      expect(snapshot.bytes).toHaveLength(12 * PAGE_SIZE);
      for (let i = 0; i < 12; i++) {
        const part = snapshot.bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
        // Only present pages are compared: reading others in the usual way would create them.
        const there = [0, 1, 2, 3, 6, 8].includes(i);
        const own = there ? await source.bytes(page + i, 1) : new Uint8Array(PAGE_SIZE);
        expect(Buffer.compare(own, part)).toBe(0);
      }
      expect(snapshot.threads).toBeGreaterThan(1);
      expect(snapshot.stoppedNs).toBeGreaterThan(0);
    }
    expect(marks(target.pid).tracer).toBe(0);
  });

  it('is consistent while threads write: no page is ahead of one that is written before it', async () => {
    const { target, source } = await watch();
    // Copying so many takes longer than the thread takes to overtake.
    const pages = MAX_SNAPSHOT_PAGES;
    const first = await target.map(pages);
    // One thread writes the round's number into page after page.
    await target.send({ op: 'writers', tasks: [{ page: first, count: pages, rounds: 2 ** 30 }] });
    let torn = 0;
    for (let i = 0; i < 50; i++) {
      const { bytes } = await source.snapshot(first, pages);
      const rounds = Array.from({ length: pages }, (_, page) => bytes[page * PAGE_SIZE]);
      const steps = rounds.slice(1).map((round, page) => (rounds[page] - round + 256) % 256);
      // In a consistent snapshot the rounds fall by one at most once, from left to right.
      if (!steps.every((step) => step <= 1) || steps.filter((step) => step === 1).length > 1) torn++;
    }
    expect(torn).toBe(0);
  });

  it('leaves holes, guards and memory without rights unread, and makes no page', async () => {
    const { target, source } = await watch();
    const page = await target.map(1024);
    await target.write(page + 5, page + 900);
    await target.call(10, (page + 900) * PAGE_SIZE, PAGE_SIZE, 0);
    const resident = () =>
      Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${target.pid}/status`, 'latin1'))?.[1]);
    const before = resident();
    const snapshot = await source.snapshot(page, 1024);
    expect([...snapshot.read]).toEqual([page + 5, 1]);
    expect(runs(snapshot, Plane.Written)).toEqual([page + 5, 1, page + 900, 1]);
    expect(snapshot.bytes.subarray(900 * PAGE_SIZE, 901 * PAGE_SIZE).every((byte) => byte === 0)).toBe(true);
    expect(resident()).toBe(before);
    await expect(source.snapshot(16, 4)).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(/^Nothing is mapped from 0x10000 to 0x14000/) as string,
    });
    await target.unmap(page + 6, 2);
    expect([...(await source.snapshot(page + 5, 4)).unmapped]).toEqual([page + 6, 2]);
  });

  it('does not stop a paused program again', async () => {
    const { target, source } = await watch();
    const page = await target.map(2);
    await target.write(page);
    await source.control('pause');
    expect(await source.snapshot(page, 2)).toMatchObject({ threads: 0, stoppedNs: 0 });
    expect(source.progress().running).toBe(false);
    await source.control('continue');
    expect(word((await source.snapshot(page, 1)).bytes, (page % 61) * 8)).toBe((1n << 32n) + 1n);
  });

  it('refuses a range that would take too long', async () => {
    const { target, source } = await watch();
    const page = await target.map(MAX_SNAPSHOT_PAGES + 1);
    await expect(source.snapshot(page, MAX_SNAPSHOT_PAGES + 1)).rejects.toMatchObject({
      kind: 'bad-request',
      message: expect.stringMatching(/at most 4096 \(16 MiB\) at once/) as string,
    });
    expect((await source.snapshot(page, MAX_SNAPSHOT_PAGES)).bytes).toHaveLength(2 ** 24);
  });

  it('works with content comparison too', async () => {
    const { target, source } = await watch({ backend: 'compare' });
    const page = await target.map(4);
    await target.write(page + 3);
    expect(runs(await source.snapshot(page, 4), Plane.Written)).toEqual([page + 3, 1]);
  });
});
