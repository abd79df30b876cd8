/**
 * How long it takes from watching a range of a program with 100 MiB of debug information to its first named stack: several hundred
 * units of template functions, as a large C++ program has them. At first nothing is known of the build; then its places are, in this
 * engine, and in another one that has the folder of an earlier one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundWrite } from '#shared/contract/writers.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from './native-source.ts';
import { keepPlacesIn } from './symbols/known-places.ts';
import { Conversation } from './testing/c-program.ts';

const MIB = 2 ** 20;
const AIM_MIB = 100;
const FUNCTIONS = 300;
const ROUNDS = 5;
const PAGES = 64;

/**
 * All functions and classes are instances of templates, local to their unit, so that the source can be linked many
 * times.
 */
const UNIT = `
#include <functional>
#include <map>
#include <string>
#include <vector>
namespace {
template <int N> struct Component {
	int id = N;
	std::map<int, std::vector<std::string>> names;
	template <typename T> __attribute__((noinline)) int update(T scale, const std::string &name)
	{
		int sum = 0;
		for (const auto &[key, list] : names)
			for (const auto &entry : list)
				sum += key + static_cast<int>(entry.size() * scale) + (entry == name ? N : id);
		return sum;
	}
};
template <int N> __attribute__((noinline)) int run(int n)
{
	Component<N> one;
	if constexpr (N > 0) n += run<N - 1>(n);
	return n + one.update(1.5 * n, "name") + one.update(n, "other");
}
__attribute__((used)) int unit(int n) { return run<${FUNCTIONS}>(n); }
}
`;

/** @returns the program, and the size of its debug information in bytes */
function largeProgram(folder: string): { readonly path: string; readonly bytes: number } {
  const [source, unit, main, path] = ['unit.cc', 'unit.o', 'main.o', 'program'].map((name) =>
    join(folder, name),
  );
  writeFileSync(source, UNIT);
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { encoding: 'utf8' });
  run('c++', '-g', '-O0', '-ftemplate-depth=2000', '-c', '-o', unit, source);
  run('cc', '-g', '-O1', '-c', '-o', main, 'main/native/bench/timed-writes.c');
  const units = Math.ceil((AIM_MIB * MIB) / debugBytes(run('size', '-A', unit)));
  run('c++', '-o', path, main, ...Array.from({ length: units }, () => unit));
  return { path, bytes: debugBytes(run('size', '-A', path)) };
}

/** Without strings, which are merged when units are linked. */
const debugBytes = (sections: string): number =>
  sections
    .split('\n')
    .filter((line) => line.startsWith('.debug_') && !line.includes('str'))
    .reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0);

const folder = mkdtempSync(join(tmpdir(), 'first-stack-'));
try {
  const { path, bytes } = largeProgram(folder);
  console.log(`program with ${(bytes / MIB).toFixed(0)} MiB of debug information`);
  const program = new Conversation(path);
  const first = Number(BigInt(await program.line()) / 4096n);
  const source = await NativeSource.attach(program.pid, { backend: 'write-protect', exact: true });
  const tiles = new TileSet();
  for (let round = 0; round < ROUNDS; round++) {
    // As in an engine started later: nothing is in memory, the folder exists.
    const isFresh = round === 0 || round === ROUNDS - 1;
    if (isFresh) keepPlacesIn(join(folder, 'places'));
    const found: FoundWrite[] = [];
    const begin = performance.now();
    source.writers?.watch({ range: { start: first, end: first + PAGES }, stacks: true }, (writes) => {
      found.push(...writes);
    });
    const watching = performance.now();
    while (!found.some(({ stack }) => stack.length > 1)) {
      await program.ask('each 1');
      tiles.clear();
      await source.sample({ mode: 'interval', tiles, state: false, explicit: true });
      await sleep(5);
    }
    const stack = found.find((write) => write.stack.length > 1)?.stack ?? [];
    console.log(
      `${round === 0 ? 'nothing known' : isFresh ? 'another engine' : 'the same engine'}: first stack after ${(performance.now() - begin).toFixed(0)} ms (${(watching - begin).toFixed(0)} ms to watch; aim ≤ 500): ` +
        stack.map(({ function: name, line }) => `${name}:${line}`).join(' ← '),
    );
    source.writers?.stop();
  }
  await source.close();
  await program.kill();
} finally {
  rmSync(folder, { recursive: true });
}
