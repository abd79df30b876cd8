import { expect, it } from 'vitest';
import { capabilitiesOf } from '#shared/source/source.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { upTo, type ConformanceRig } from './conformance-rig.ts';

/** What reading and clearing return. */
export function describeClearing(rig: ConformanceRig): void {
  const { take, operate, get, getClear, map, cleared } = rig;
  const { backend, getAndClear, loops } = rig.conformance;

  it('returns its name and capabilities', async () => {
    expect(rig.source.backend).toBe(backend);
    expect(capabilitiesOf(rig.source)).toMatchObject({
      get: true,
      clear: true,
      getAndClear,
      noReusedRegions: false,
      clearRefs: backend === 'soft-dirty',
      bytes: true,
      control: ['pause', 'continue'],
    });
    expect(rig.source.description).toMatchObject({ kind: 'native', pid: rig.target.pid });
    const page = await map(1);
    const { notes } = await operate('GET_AND_CLEAR', page, 1);
    expect(notes.length > 0).toBe(getAndClear !== 'atomic');
    expect(notes.some((note) => note.includes('lost'))).toBe(
      backend === 'soft-dirty' && getAndClear === 'emulated-racy',
    );
  });

  it('T7, T68: holds exactly what was written until it is taken, and then nothing', async () => {
    const page = await cleared(1000);
    await rig.target.write(page + 3, page + 4, page + 511, page + 512, page + 999);
    const written = [3, 4, 511, 512, 999];
    expect(await take('hold', page, 1000)).toEqual(written);
    expect(await get(page, 1000)).toEqual(written);
    expect(await take('interval', page, 1000)).toEqual(written);
    expect(await take('interval', page, 1000)).toEqual([]);
    await rig.target.write(page + 4);
    expect(await take('interval', page, 1000)).toEqual([4]);
  });

  it('T8, T69, T70: vec_len limits what is reported and what is cleared', async () => {
    const page = await cleared(20);
    await rig.target.write(...upTo(10).map((i) => page + i * 2));
    const first = await operate('GET_AND_CLEAR', page, 20, 3);
    expect(first).toMatchObject({ found: [0, 2, 4], next: 5 });
    expect(await get(page, 20, 2)).toEqual([6, 8]);
    expect(await getClear(page, 20)).toEqual([6, 8, 10, 12, 14, 16, 18]);
    expect(await get(page, 20)).toEqual([]);
  });

  it('T15, T21–T23, T71, T72: clearing a range leaves the rest unchanged', async () => {
    const [page, other] = [await cleared(100), await cleared(40)];
    await rig.target.fill(page, 100);
    await rig.target.fill(other, 40);
    expect(await getClear(page + 1, 2)).toEqual([0, 1]);
    expect(await get(page, 100)).toEqual([0, ...upTo(97).map((i) => i + 3)]);
    await operate('CLEAR', page, 50);
    expect(await get(page, 100)).toEqual(upTo(50).map((i) => i + 50));
    expect(await get(other, 40)).toEqual(upTo(40));
    expect(await getClear(page + 50, 50, 25)).toEqual(upTo(25));
    expect(await take('interval', page, 100)).toEqual(upTo(25).map((i) => i + 75));
    expect(await get(other, 40)).toEqual([]);
  });

  it(`T26, T34: ${loops} times nothing after a clear, the page after a write`, async () => {
    const page = await cleared(1);
    let wrong = 0;
    for (let i = 0; i < loops; i++) {
      wrong += (await get(page, 1)).length;
      await rig.target.write(page);
      wrong += 1 - (await get(page, 1)).length;
      await operate('CLEAR', page, 1);
    }
    expect(wrong).toBe(0);
  });

  it('agrees with a model over random writes and operations', async () => {
    const PAGES = 600;
    const page = await cleared(PAGES);
    const model = new Set<number>();
    const random = randomBelow(12345);
    for (let round = 0; round < loops; round++) {
      const writes = upTo(random(12)).map(() => random(PAGES));
      if (writes.length > 0) await rig.target.write(...writes.map((i) => page + i));
      for (const i of writes) model.add(i);
      const start = random(PAGES);
      const count = 1 + random(PAGES - start);
      const limit = random(3) === 0 ? 1 + random(6) : count;
      const expected = [...model].filter((i) => i >= start && i < start + count).sort((a, b) => a - b);
      const shown = expected.slice(0, limit).map((i) => i - start);
      const what = random(4);
      if (what === 0) {
        await operate('CLEAR', page + start, count);
        for (const i of expected) model.delete(i);
      } else if (what === 1) {
        expect(await get(page + start, count, limit), `round ${round}`).toEqual(shown);
      } else if (what === 2) {
        expect(await getClear(page + start, count, limit), `round ${round}`).toEqual(shown);
        for (const i of shown) model.delete(start + i);
      } else {
        expect(await take('hold', page, PAGES), `round ${round}`).toEqual([...model].sort((a, b) => a - b));
      }
    }
  });
}
