import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MAX_COMPARED_ROWS, type StepComparison } from '#shared/contract/step-comparison.ts';
import { parseScenario } from '../../scenarios/validate.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { Random } from '../workloads/random.ts';
import { flagNames } from './entry-flags.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { SteppedSource } from './stepped-source.ts';

const RANGE = { addr: '0x100000000', len: 16384 };
const PAGE = 0x100000;
const MAP = { op: 'mmap', ...RANGE, prot: 'rw', kind: 'anon-private' };
const WRITE = { op: 'write', addr: '0x100000000', len: 1 };

function sourceOf(...steps: object[]): SteppedSource {
  const text = JSON.stringify({ name: 'test', steps });
  return new SteppedSource(new ScenarioProgram(parseScenario(text, 'test')), 'test');
}

it('a clear and a write: VMA flag, entry flags, the walk, at both steps', () => {
  const source = sourceOf(MAP, WRITE, { op: 'clear_refs' }, { ...WRITE, addr: '0x100001000' });
  source.move({ to: 'call', call: 2 });
  source.keep(true);
  const { position } = source.state();
  expect(source.state().kept).toBe(position);
  expect(source.compare(PAGE)).toMatchObject({ vmas: [], sameVmas: 1, entries: [], pages: 0 });
  source.move({ to: 'call', call: 4 });
  const here = source.state().position;
  const { before, after, walk, vmas, entries, pages } = source.compare(PAGE);
  expect(before).toMatchObject({ position, call: 'write addr=0x100000000 len=1', process: 0 });
  expect(after).toMatchObject({ position: here, function: 'processor' });
  const flags = ['rd', 'wr', 'mr', 'mw', 'me', 'ac'];
  expect(vmas).toEqual([
    {
      before: [{ start: PAGE, end: PAGE + 4, permissions: 'rw-p', flags: [...flags, 'sd'] }],
      after: [{ start: PAGE, end: PAGE + 4, permissions: 'rw-p', flags }],
    },
  ]);
  const huge = { before: false, after: false };
  const written = ['P', 'RW', 'A', 'D', 'SD', 'EXCLUSIVE'];
  expect(entries).toEqual([
    { start: PAGE, pages: 1, huge, before: written, after: ['P', 'A', 'D', 'EXCLUSIVE'] },
    { start: PAGE + 1, pages: 1, huge, before: [], after: written },
  ]);
  expect(pages).toBe(2);
  expect(walk?.before.steps.at(-1)?.bits).toContain('SD');
  expect(walk?.after.steps.at(-1)?.bits).not.toContain('RW');
  expect(walk?.before.reason).toMatch(/^Written/);
  expect(walk?.after.reason).toMatch(/^Not written/);
  // To read the walk at the kept step, the player went there: it is back.
  expect(source.state().position).toBe(here);
  source.keep(false);
  expect(source.state().kept).toBeNull();
  expect(() => source.compare(PAGE)).toThrow('No step is kept.');
});

it('a kept step that a manual access replaces is no longer kept', async () => {
  const source = sourceOf(MAP, WRITE, { op: 'clear_refs' });
  source.move({ to: 'end' });
  source.keep(true);
  source.move({ to: 'call', call: 1 });
  source.access(PAGE + 1, true);
  source.move({ to: 'end' });
  expect(source.state().kept).toBeNull();
  source.move({ to: 'call', call: 1 });
  source.keep(true);
  const { kept } = source.state();
  source.access(PAGE + 2, true);
  // What is before the access stays.
  expect(source.state().kept).toBe(kept);
});

it('splits, mappings and what is unmapped are groups of VMAs', () => {
  const source = sourceOf(
    MAP,
    { ...MAP, addr: '0x200000000' },
    { op: 'mprotect', addr: '0x100001000', len: 4096, prot: 'r' },
    { op: 'munmap', addr: '0x200000000', len: 16384 },
    { ...MAP, addr: '0x300000000' },
  );
  source.move({ to: 'call', call: 2 });
  source.keep(true);
  source.move({ to: 'end' });
  const { vmas, sameVmas } = source.compare(null);
  expect(vmas.map(({ before, after }) => [before.length, after.length])).toEqual([
    [1, 3],
    [1, 0],
    [0, 1],
  ]);
  expect(sameVmas).toBe(0);
});

/** The entries of all pages of the VMAs and tables, one by one. */
function entriesOf({ vmas, table }: MmStruct): Map<number, string> {
  const entries = new Map<number, string>();
  for (const { start, end } of vmas.all()) {
    for (let page = start; page < Math.min(end, start + 5000); page++) {
      const tile = table.find(page);
      const flags = tile?.entry(page - tile.base) ?? 0;
      if (tile !== null && flags !== 0) entries.set(page, `${tile.huge !== 0} ${flagNames(flags).join(' ')}`);
    }
  }
  return entries;
}

/** The runs of a comparison, page by page. */
function listed({ entries }: StepComparison): [number, string, string][] {
  const side = (huge: boolean, flags: readonly string[]): string =>
    flags.length === 0 ? '' : `${huge} ${flags.join(' ')}`;
  return entries.flatMap(({ start, pages, huge, before, after }) =>
    Array.from({ length: pages }, (_, i): [number, string, string] => [
      start + i,
      side(huge.before, before),
      side(huge.after, after),
    ]),
  );
}

it('in kernel traces, two steps at random: exactly the entries that differ, page by page', () => {
  const folder = new URL('../../scenarios/fixtures/directed/', import.meta.url);
  const random = new Random(5);
  let compared = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const source = new SteppedSource(new ScenarioProgram(parseScenario(text, name)), name);
    const { player } = source;
    source.move({ to: 'end' });
    for (let round = 0; round < 3; round++) {
      source.move({ to: 'number', number: random.below(player.known + 1) });
      source.keep(true);
      const old = entriesOf(player.mm);
      source.move({ to: 'number', number: random.below(player.known + 1) });
      const now = entriesOf(player.mm);
      const result = source.compare(null);
      if (result.moreEntries > 0 || result.pages > 5000) continue;
      const differing = [...new Set([...old.keys(), ...now.keys()])]
        .filter((page) => old.get(page) !== now.get(page))
        .sort((a, b) => a - b)
        .map((page) => [page, old.get(page) ?? '', now.get(page) ?? '']);
      expect(listed(result), name).toEqual(differing);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(100);
});

it('lists no more rows than a message may have, and counts the rest', () => {
  const pages = 2 * MAX_COMPARED_ROWS + 2;
  const writes = Array.from({ length: pages / 2 }, (_, i) => ({
    ...WRITE,
    addr: `0x${((PAGE + 2 * i) * 4096).toString(16)}`,
  }));
  const source = sourceOf({ ...MAP, len: pages * 4096 }, ...writes);
  source.move({ to: 'call', call: 1 });
  source.keep(true);
  source.move({ to: 'end' });
  const result = source.compare(null);
  expect(result.entries).toHaveLength(MAX_COMPARED_ROWS);
  expect(result).toMatchObject({ moreEntries: 1, pages: MAX_COMPARED_ROWS + 1 });
});
