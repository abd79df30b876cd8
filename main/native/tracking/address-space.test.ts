import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMapsLine } from '../process/maps.ts';
import { AddressSpace } from './address-space.ts';

/** Lines of a maps file: pages of VMAs with gaps and without, some with a name. */
const layout = fc
  .array(
    fc.record({
      gap: fc.nat(2),
      pages: fc.integer({ min: 1, max: 3 }),
      name: fc.constantFrom('', '/a b', '[heap]'),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => {
    let at = 0x1000;
    return parts.map(({ gap, pages, name }) => {
      const start = at + gap;
      at = start + pages;
      const range = `${(start * 4096).toString(16)}-${(at * 4096).toString(16)}`;
      return `${range} rw-p 00000000 00:00 0 ${name ? `   ${name}` : ''}`;
    });
  });

describe('AddressSpace', () => {
  it('equals the file after every change, and registers only what is new', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'maps-')), 'maps');
    const fd = openSync(file, 'w+');
    fc.assert(
      fc.property(fc.array(layout, { minLength: 1, maxLength: 5 }), (layouts) => {
        const registered: string[] = [];
        const key = (vma: { start: number; end: number; name: string }) =>
          `${vma.start} ${vma.end} ${vma.name}`;
        const space = new AddressSpace(fd, (vma) => {
          registered.push(key(vma));
          return null;
        });
        let before: string[] = [];
        for (const lines of layouts) {
          ftruncateSync(fd);
          writeSync(fd, lines.map((line) => `${line}\n`).join(''), 0);
          registered.length = 0;
          const changed = space.refresh();
          const expected = lines.map(parseMapsLine);
          expect(space.vmas).toEqual(
            expected.map((vma) => ({ ...vma, tracked: true, untracked: undefined })),
          );
          expect(registered).toEqual(expected.map(key).filter((line) => !before.includes(line)));
          expect(changed).toBe(lines.join() !== before.join());
          const { vmas } = space;
          expect([space.refresh(), space.vmas === vmas]).toEqual([false, true]);
          before = expected.map(key);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
    closeSync(fd);
    rmSync(dirname(file), { recursive: true });
  });
});
