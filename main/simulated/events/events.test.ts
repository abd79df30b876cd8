import { describe, expect, it } from 'vitest';
import type { MachineEvent } from '../mm/events.ts';
import { EINVAL } from '../mm/errno.ts';
import { pagemapIoctl } from '../soft-dirty/ioctl.ts';
import { Machine } from '../machine.ts';
import { softDirty } from '../soft-dirty/soft-dirty.ts';
import { PRESENT, SOFT, WRITABLE } from '../mm/tile.ts';
import { VM_READ, VM_WRITE } from '../mm/vma-flags.ts';

const RW = VM_READ | VM_WRITE;

function eventsOf(prepare: (machine: Machine) => void, action: (machine: Machine) => void): MachineEvent[] {
  const machine = new Machine();
  prepare(machine);
  const events: MachineEvent[] = [];
  const stop = machine.events.listen((event) => events.push(event));
  action(machine);
  stop();
  expect(machine.events.active).toBe(false);
  return events;
}

const ofType = <T extends MachineEvent['type']>(events: MachineEvent[], type: T) =>
  events.filter((event): event is Extract<MachineEvent, { type: T }> => event.type === type);

describe('events of a first write', () => {
  const map = ({ init }: Machine): void => {
    init.mmap({ page: 1024, pages: 4, rights: RW, kind: 'anon-private' });
  };

  it('the walk that misses, the table that is made, the entry, the fault', () => {
    const events = eventsOf(map, ({ init }) => void init.write(1025));
    expect(events.map(({ type }) => type)).toEqual([
      ...['access', 'directory', 'directory', 'pmd', 'anon-vma-made', 'vmas', 'entry', 'fault', 'tlb'],
    ]);
    const [access] = ofType(events, 'access');
    expect(access.walk).toEqual([{ level: 4, index: 0, found: 'none', flags: 0 }]);
    const [entry] = ofType(events, 'entry');
    expect(entry).toMatchObject({ page: 1025, before: { flags: 0 } });
    expect(entry.after.flags & (PRESENT | WRITABLE | SOFT)).toBe(PRESENT | WRITABLE | SOFT);
    expect(ofType(events, 'fault')).toMatchObject([{ page: 1025, write: true, kind: 'new-page' }]);
  });

  it('the second access hits the TLB; after a clear it misses, walks four levels, and faults', () => {
    const events = eventsOf(map, ({ init }) => {
      init.write(1025);
      init.write(1025);
      init.clearRefs();
      init.write(1025);
    });
    const accesses = ofType(events, 'access');
    expect(accesses.map(({ tlb }) => tlb)).toEqual(['miss', 'hit', 'miss']);
    expect(accesses[2].walk.map(({ level, index, found }) => [level, index, found])).toEqual([
      [4, 0, 'table'],
      [3, 0, 'table'],
      [2, 2, 'table'],
      [1, 1, 'page'],
    ]);
    expect(ofType(events, 'fault').map(({ kind }) => kind)).toEqual(['new-page', 'reuse']);
  });
});

it('splits and merges of VMAs are reported with the VMAs before and after', () => {
  const events = eventsOf(
    ({ init }) => void init.mmap({ page: 0, pages: 10, rights: RW, kind: 'anon-private' }),
    ({ init }) => {
      init.mprotect(4, 2, VM_READ);
      init.mprotect(4, 2, RW);
    },
  );
  const changes = ofType(events, 'vmas');
  expect(changes.map(({ change }) => change)).toEqual(['split', 'split', 'flags', 'merge', 'flags']);
  expect(changes[3].before.map(({ start, end }) => [start, end])).toEqual([
    [0, 4],
    [4, 6],
    [6, 10],
  ]);
  expect(changes[3].after.map(({ start, end }) => [start, end])).toEqual([[0, 10]]);
});

it('a huge page is mapped, split and collapsed', () => {
  const events = eventsOf(
    ({ init }) => {
      init.mmap({ page: 512, pages: 512, rights: RW, kind: 'anon-private' });
      init.madvise(512, 512, 'hugepage');
    },
    ({ init }) => {
      init.write(600);
      init.madvise(600, 1, 'dontneed');
      init.madvise(512, 512, 'collapse');
    },
  );
  expect(ofType(events, 'pmd').map(({ change }) => change)).toEqual([
    'huge-mapped',
    'huge-split',
    'collapsed',
  ]);
  // One huge page, found in the TLB wherever it is touched.
  const hits = eventsOf(
    ({ init }) => {
      init.mmap({ page: 512, pages: 512, rights: RW, kind: 'anon-private' });
      init.madvise(512, 512, 'hugepage');
    },
    ({ init }) => void init.write(512, 512),
  );
  expect(ofType(hits, 'access').filter(({ tlb }) => tlb === 'miss')).toHaveLength(1);
});

it('a call is reported with its arguments, its changes and its result', () => {
  const events = eventsOf(
    ({ init }) => {
      init.mmap({ page: 1024, pages: 4, rights: RW, kind: 'anon-private' });
      init.write(1024, 4);
    },
    ({ init }) => {
      softDirty(init.mm, { op: 'GET_AND_CLEAR', page: 1025, pages: 2, vecLen: 2 });
      init.munmap(0, 0);
    },
  );
  expect(events.map(({ type }) => type)).toEqual([
    ...['call', 'vmas', 'vmas', 'entries', 'vmas', 'return', 'call', 'return'],
  ]);
  expect(ofType(events, 'call')).toMatchObject([
    { name: 'GET_AND_CLEAR', args: { page: 1025, pages: 2, vecLen: 2 } },
    { name: 'munmap', args: { page: 0, pages: 0 } },
  ]);
  expect(ofType(events, 'return').map(({ result }) => result)).toEqual([2, EINVAL]);
});

it('defects of the posted code are reported', () => {
  const events = eventsOf(
    (machine) => {
      machine.configure({ mode: 'posted' });
      machine.init.mmap({ page: 1024, pages: 4, rights: RW, kind: 'anon-private' });
      machine.init.write(1024, 4);
      machine.init.clearRefs();
      machine.init.write(1024, 4);
    },
    ({ init }) => {
      pagemapIoctl(init.mm, { command: 'GET', start: 1024n * 4096n, len: 16384n, vecLen: 2, flags: 0 });
    },
  );
  expect(ofType(events, 'defect').map(({ id }) => id)).toEqual(['B1']);
});
