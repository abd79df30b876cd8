/** Mappings that are unmapped between the reading of maps and their registration. */
import { closeSync, openSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { takeDescriptor } from '../../attach/take-descriptor.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../../process/maps.ts';
import { PagemapScan } from '../pagemap-scan.ts';
import { Userfault } from '../userfault.ts';
import { AddedVmas } from './added-vmas.ts';
import { BoundedScan } from './bounded-scan.ts';
import { ComparedPages } from './compared-pages.ts';
import { Occupancy } from './occupancy.ts';
import { Owner } from './owner.ts';
import { Pending } from './pending.ts';
import { Registrar } from './registrar.ts';
import { SharedMemory } from './shared-memory.ts';
import { CProgram } from './testing/c-program.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A registrar of a program that just started, as with --exact: it registers the given mappings. */
async function start() {
  const program = new CProgram('memory');
  closing.push(() => program.kill());
  await program.line();
  const userfault = new Userfault(takeDescriptor(program.pid).uffd);
  const fd = openSync(`/proc/${program.pid}/pagemap`, 'r');
  closing.unshift(
    () => userfault.close(),
    () => closeSync(fd),
  );
  const pagemap = new BoundedScan(new PagemapScan(fd), new Occupancy(), () => []);
  const pending = new Pending();
  const registrar = new Registrar({
    ...{ userfault, pagemap, pending, exact: true },
    owner: new Owner(program.pid),
    shared: new SharedMemory(pagemap, userfault, pending),
    compared: new ComparedPages(program.pid),
    added: new AddedVmas(),
    alive: () => true,
    registration: () => undefined,
    at: (): Vma | undefined => undefined,
  });
  registrar.surveying = registrar.attaching = false;
  const admit = (vma: MapsVma) => registrar.admit(vma, { before: [], previous: undefined, next: undefined });
  return { program, admit };
}

it('are not reported as refused, and are tried again once something is mapped', async () => {
  const { program, admit } = await start();
  const page = parseInt(await program.ask('chunk'), 16) / PAGE_SIZE;
  let there: MapsVma | undefined;
  forEachMapsLine(program.maps(/./).join('\n') + '\n', (line) => {
    const vma = parseMapsLine(line);
    if (vma.start <= page && page < vma.end) there = vma;
  });
  if (!there) throw new Error('no such mapping');
  const gone = { ...there, start: 0x1000, end: 0x1010 };
  expect(admit(gone)).toMatchObject({ tracked: true, untracked: undefined, registration: { kind: 'empty' } });
  expect(admit(there)).toMatchObject({ tracked: true, registration: { kind: 'ours' } });
});
