import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressOfPage, PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../../native-source.ts';

const HOT = 10_000;
const COLD = 1000;

/** Writes HOT pages over and over, and page n of COLD others for each line `n` that it reads, which it answers. */
const PROGRAM = `
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
int main(void) {
	size_t size = ${HOT + COLD} * 4096ul;
	char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
	setvbuf(stdin, 0, _IONBF, 0);
	setlinebuf(stdout);
	printf("%zu\\n", (size_t)memory / 4096);
	for (;;) {
		for (size_t i = 0; i < ${HOT}; i++) memory[i * 4096]++;
		struct pollfd in = { 0, POLLIN, 0 };
		if (poll(&in, 1, 0) == 0) continue;
		char line[32];
		if (!fgets(line, sizeof line, stdin)) return 0;
		memory[(${HOT} + atol(line)) * 4096]++;
		printf("%s", line);
	}
}`;

let folder: string;
let child: ChildProcessWithoutNullStreams;
let opened: NativeSource | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hot-'));
  writeFileSync(join(folder, 'hot.c'), PROGRAM);
  execFileSync('cc', ['-O1', '-o', join(folder, 'hot'), join(folder, 'hot.c')]);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await opened?.close();
  child.kill('SIGKILL');
});

async function start(exact: boolean) {
  child = spawn(join(folder, 'hot'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => Number((await lines.next()).value);
  const first = await line();
  const source = await NativeSource.attach(Number(child.pid), { backend: 'write-protect', exact });
  opened = source;
  const tiles = new TileSet();
  const write = async (page: number) => {
    child.stdin.write(`${page}\n`);
    expect(await line()).toBe(page);
  };
  /** One sample, after the time of one at 20 a second, or after all hot pages were written since the previous one. */
  const sample = async (explicit = false, whole = false) => {
    await sleep(50);
    for (let i = 0; whole && i < 2; i++) await write(0);
    tiles.clear();
    await source.sample({ mode: 'interval', tiles, state: false, explicit });
    return tiles;
  };
  const count = (plane: Plane) => {
    let pages = 0;
    for (const [from, to] of tiles.runs(plane))
      pages += Math.max(0, Math.min(to, first + HOT) - Math.max(from, first));
    return pages;
  };
  return { source, first, sample, write, count };
}

describe('a program that writes 10,000 pages all the time', () => {
  it('reports them as hot, and each single write beside them in the sample that follows it', async () => {
    const { first, sample, write, count, source } = await start(false);
    let hot = 0;
    for (let round = 0; round < 2000 && hot < HOT / 2; round++) {
      await sample();
      hot = count(Plane.Hot);
    }
    expect(hot).toBeGreaterThan(HOT / 2);
    const wrong: number[] = [];
    for (let page = 3; page < 700; page += 7) {
      await write(page);
      const tiles = await sample();
      const at = first + HOT;
      const written = tiles.runs(Plane.Written).filter(([, to]) => to > at && to <= at + COLD);
      const isHot = tiles.runs(Plane.Hot).some(([, to]) => to > at && to <= at + COLD);
      if (JSON.stringify(written) !== JSON.stringify([[at + page, at + page + 1]]) || isHot) wrong.push(page);
    }
    expect(wrong).toEqual([]);
    expect(source.cost().hotPages).toBeGreaterThan(0);
    expect(source.cost().programShare).toBeGreaterThan(0);
  });

  it('arms and reports all of them at an explicit operation, and when the setting is switched on', async () => {
    const { source, first, sample, write, count } = await start(false);
    for (let round = 0; round < 2000 && count(Plane.Hot) < HOT / 2; round++) await sample();
    const request = { start: addressOfPage(first), len: BigInt(HOT * PAGE_SIZE), vecLen: HOT, flags: 0 };
    for (let i = 0; i < 2; i++) await write(0);
    const taken = await source.operate({ op: 'GET_AND_CLEAR', ...request });
    expect(taken).toMatchObject({ ok: true, ret: HOT });
    await sample(false, true);
    // All of them were armed, so that of all of them it is known.
    expect(count(Plane.Hot)).toBe(0);
    expect(count(Plane.Written)).toBe(HOT);
    await sample(true, true);
    expect(count(Plane.Written)).toBe(HOT);
    await source.settings.set('exact', true);
    await sample();
    for (let round = 0; round < 20; round++) {
      await sample(false, true);
      expect(count(Plane.Hot)).toBe(0);
      expect(count(Plane.Written)).toBe(HOT);
    }
  });

  it('has no hot pages with the option exact', async () => {
    const { sample, count } = await start(true);
    for (let round = 0; round < 40; round++) {
      await sample(false, true);
      expect(count(Plane.Hot)).toBe(0);
    }
    expect(count(Plane.Written)).toBe(HOT);
  });
});
