/** Reading contents does not touch pages that the program never touched. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { NativeSource } from '../native-source.ts';
import { OpenProcess } from '../open-process.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { Target } from '../testing/target.ts';

const isRoot = process.getuid?.() === 0;
let scripts: BuiltScripts;
let target: Target;
const opened: { close(): unknown }[] = [];
const folder = mkdtempSync(join(tmpdir(), 'untouched-'));

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await target.kill();
});

/** Whether the page table has each page: bit 63. */
async function present(page: number, pages: number): Promise<boolean[]> {
  const pagemap = await open(`/proc/${target.pid}/pagemap`, 'r');
  try {
    const entries = new BigUint64Array(pages);
    await pagemap.read(new Uint8Array(entries.buffer), 0, pages * 8, page * 8);
    return [...entries].map((entry) => entry >> 63n !== 0n);
  } finally {
    await pagemap.close();
  }
}

/** First byte of each page. */
const firsts = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / PAGE_SIZE }, (_, i) => bytes[i * PAGE_SIZE]);

const sharedMemory = (): string | undefined =>
  /^RssShmem:.*$/m.exec(readFileSync(`/proc/${target.pid}/status`, 'latin1'))?.[0];

describe('contents of memory that is touched in part', () => {
  it('private', async () => {
    target = await Target.start(scripts.path('test-target'));
    const page = await target.map(8);
    await target.fill(page + 2, 2);
    const process = new OpenProcess(target.pid);
    opened.push(process);
    const before = await present(page, 8);
    expect(before).toEqual([false, false, true, true, false, false, false, false]);
    expect(firsts(process.bytes(page, 8))).toEqual([0, 0, 1, 2, 0, 0, 0, 0]);
    expect(await present(page, 8)).toEqual(before);
    // Unmapped addresses are not read.
    await target.unmap(page + 5, 1);
    const later = new OpenProcess(target.pid);
    opened.push(later);
    expect(later.bytes(page + 5, 1)).toHaveLength(0);
    expect(later.bytes(page, 8)).toHaveLength(5 * PAGE_SIZE);
  });

  // Others may not open the file of a mapping, and read its pages as the program would.
  it.runIf(isRoot)(
    'shared: none of its pages is allocated, even where they are write-protected',
    async () => {
      target = await Target.start(scripts.path('test-target'));
      const page = await target.map(8, { shared: true });
      await target.fill(page + 2, 2);
      const source = await NativeSource.attach(target.pid);
      opened.push(source);
      await source.operate({
        ...{ op: 'CLEAR', start: BigInt(page * PAGE_SIZE), len: BigInt(8 * PAGE_SIZE) },
        ...{ vecLen: 0, flags: 0 },
      });
      const before = [await present(page, 8), sharedMemory()];
      expect(before[0]).toEqual([false, false, true, true, false, false, false, false]);
      expect(firsts(await source.bytes(page, 8))).toEqual([0, 0, 1, 2, 0, 0, 0, 0]);
      expect([await present(page, 8), sharedMemory()]).toEqual(before);
    },
  );

  it('of a file: as the file has them, zero after its end', async () => {
    target = await Target.start(scripts.path('test-target'));
    const path = join(folder, 'a file (deleted)');
    writeFileSync(path, Buffer.alloc(PAGE_SIZE + 100, 7));
    const fd = await target.send({ op: 'open', path });
    const { PROT_READ, MAP_PRIVATE } = MMAP;
    const address = await target.call(SYS.mmap, 0, 3 * PAGE_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
    const page = address / PAGE_SIZE;
    const process = new OpenProcess(target.pid);
    opened.push(process);
    const bytes = process.bytes(page, 3);
    expect(bytes).toHaveLength(2 * PAGE_SIZE);
    expect([bytes[PAGE_SIZE + 99], bytes[PAGE_SIZE + 100]]).toEqual([7, 0]);
    if (isRoot) expect(await present(page, 3)).toEqual([false, false, false]);
  });
});
