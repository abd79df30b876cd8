/** `soft-dirty writers` as a separate process, on real programs whose pages have known writers. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../native/testing/built-program.ts';
import type { Compiled } from '../native/testing/c-program.ts';
import { runProgram } from './program.ts';
import { asNobody, RunningCli } from './testing/run-cli.ts';
import {
  armed,
  interrupted,
  isEvent,
  linesOf,
  PAGES,
  PROGRAMS,
  rangeOf,
  UNBOUNDED,
  WritersFixture,
  type WritersLine,
} from './testing/writers-fixture.ts';

/** Page i of the C++ program is written by number i % 4, at byte 8 (i % 4 + 1). */
const FUNCTIONS = [
  'game::move_player(long)',
  'game::stream_audio(long)',
  'game::Physics::step(long)',
  'game::set_particle',
];
/** Not inlined, and compiled by V8. */
const SCRIPT = `
  const world = Buffer.alloc(48 << 20);
  function writeWorld(page, value) { for (let i = 0; i < 64; i++) world[page * 4096 + i] = value; }
  let tick = 0;
  const step = () => { tick++; for (let page = 0; page < 2000; page++) writeWorld(page, tick & 255); };
  for (let i = 0; i < 100; i++) step();
  console.log('ready');
  setInterval(step, 5);
`;

let fixture: WritersFixture;
let rust: Compiled;
/** The same program with names of the v0 form. */
let rustV0: Compiled;
let folder: string;
beforeAll(async () => {
  fixture = await WritersFixture.create();
  const rustFlags = ['-g', '-C', 'opt-level=1'];
  rust = build('rustc', `${PROGRAMS}/known-writers.rs`, ...rustFlags);
  rustV0 = build('rustc', `${PROGRAMS}/known-writers.rs`, ...rustFlags, '-C', 'symbol-mangling-version=v0');
  folder = mkdtempSync(join(tmpdir(), 'writers-'));
  writeFileSync(join(folder, 'data'), 'x'.repeat(8192));
}, 120_000);
afterAll(() => {
  fixture.remove();
  rust.remove();
  rustV0.remove();
  rmSync(folder, { recursive: true });
});
afterEach(() => fixture.end());

function checkWrites(lines: readonly WritersLine[], base: number, tids: readonly number[]): void {
  for (const line of lines.filter(isEvent('write'))) {
    const at = Number(line.address) - base;
    const index = Math.floor(at / 4096) % 4;
    expect([line.tid, line.function, at % 4096]).toEqual([tids[index], FUNCTIONS[index], 8 * (index + 1)]);
    expect([line.module, line.file]).toEqual([fixture.cpp.path, expect.stringMatching(/known-writers\.cc$/)]);
  }
}

describe('soft-dirty writers', () => {
  it('names thread, function and line of the first writer of each page', async () => {
    const { program, base, tids } = await fixture.startCpp();
    const cli = fixture.watch(program.pid, ...rangeOf(base, PAGES), '--max-share', '100');
    await armed(cli);
    await program.ask('run 1');
    await cli.until((lines) => lines.filter(isEvent('write')).length >= PAGES);
    const lines = await interrupted(cli);
    expect(lines[0]).toMatchObject({ event: 'armed', pages: PAGES });
    const writes = lines.filter(isEvent('write'));
    checkWrites(lines, base, tids);
    expect(new Set(writes.map(({ address }) => Math.floor((Number(address) - base) / 4096))).size).toBe(
      PAGES,
    );
    const source = readFileSync(`${PROGRAMS}/known-writers.cc`, 'utf8').split('\n');
    const numbers = [1, 2, 3, 4].map(
      (value) => source.findIndex((text) => text.includes(`] = ${value};`)) + 1,
    );
    for (const { address, line } of writes)
      expect(line).toBe(numbers[Math.floor((Number(address) - base) / 4096) % 4]);
    expect(writes[0].stack).toEqual(writes[0].function === 'game::set_particle' ? [expect.anything()] : []);
    expect(lines.at(-1)).toMatchObject({ event: 'detached', reason: 'interrupt', writes: writes.length });
  });

  it('has no callers of code without unwind information, rather than wrong ones', async () => {
    const flags = ['-O2', '-fomit-frame-pointer'];
    const source = 'main/native/watchpoint/testing/omitted-frames.c';
    for (const [more, callers] of [
      [[], ['middle', 'outermost', 'main']],
      [['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'], ['[callers not known]']],
    ] as const) {
      const built = build('cc', source, ...flags, ...more);
      try {
        const program = fixture.start(built.path);
        await program.line();
        const cli = fixture.watch(program.pid, '--symbol', 'word', '--stacks', '--method', 'faults');
        await armed(cli);
        await program.ask('go');
        await cli.until((lines) => lines.some(isEvent('write')));
        const write = (await interrupted(cli)).find(isEvent('write'));
        expect(write?.function).toBe('innermost');
        expect(write?.stack.map((caller) => caller.function).slice(0, 3)).toEqual(callers);
      } finally {
        built.remove();
      }
    }
  });

  it('has the whole stack with inlined functions, thousands of times without an error', async () => {
    const { program, base, tids } = await fixture.startCpp();
    const cli = fixture.watch(
      program.pid,
      ...rangeOf(base, PAGES),
      '--stacks',
      ...UNBOUNDED,
      '--count',
      '1000',
    );
    await armed(cli);
    let over = false;
    void cli.finished.then(() => (over = true));
    while (!over) await program.ask('run 20');
    const { code, out, error } = await cli.finished;
    expect([code, error]).toEqual([0, '']);
    const lines = linesOf(out);
    checkWrites(lines, base, tids);
    const particles = lines.filter((line) => line.function === 'game::set_particle');
    for (const { stack } of particles) {
      const names = stack.map((frame) => frame.function);
      expect(names[0]).toBe('game::update_particles(long)');
      expect(names[1]).toMatch(/^void for_pages<.*>\(int, /);
      expect(names[2]).toBe('thread(void*)');
    }
    expect(particles.length).toBeGreaterThan(0);
    expect(lines.at(-1)).toMatchObject({ reason: 'count', writes: 1000 });
  }, 120_000);

  it.each(['older', 'v0'])('names Rust functions, symbols of the %s form', async (form) => {
    const program = fixture.start((form === 'v0' ? rustV0 : rust).path);
    const base = Number(await program.line());
    const cli = fixture.watch(program.pid, ...rangeOf(base, 32), '--max-share', '100');
    await armed(cli);
    await program.ask('go');
    const writes = (await interrupted(cli)).filter(isEvent('write'));
    expect(writes).toHaveLength(32);
    for (const line of writes) {
      const isOdd = Math.floor((Number(line.address) - base) / 4096) % 2 === 1;
      // The write itself is inlined from the standard library.
      const names = [line.function, ...line.stack.map((frame) => frame.function)];
      const method =
        form === 'v0' ? '<known_writers::world::Renderer>::draw' : 'known_writers::world::Renderer::draw';
      expect(names).toContain(isOdd ? method : 'known_writers::world::spawn_entity');
      expect(line.tid === program.pid).toBe(!isOdd);
    }
  });

  it('names functions that a compiler makes while the program runs', async () => {
    const program = fixture.start(
      process.execPath,
      '--perf-basic-prof',
      '--no-turbo-inlining',
      '--no-logfile-per-isolate',
      `--logfile=${join(folder, 'v8.log')}`,
      '-e',
      SCRIPT,
    );
    await program.line();
    const mapping = readFileSync(`/proc/${program.pid}/maps`, 'latin1')
      .split('\n')
      .map((line) => /^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 $/.exec(line) ?? [])
      .find(([, from, to]) => Math.floor((Number(`0x${to}`) - Number(`0x${from}`)) / 2 ** 20) === 48);
    const cli = fixture.watch(program.pid, '--range', `0x${mapping?.[1]}+48M`, '--stacks', '--count', '200');
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    const writes = linesOf(out).filter(isEvent('write'));
    expect(writes.filter((line) => /writeWorld/.test(line.function ?? '')).length).toBeGreaterThan(190);
    expect(writes[0].stack.some((frame) => frame.function?.startsWith('uv_run'))).toBe(true);
    rmSync(`/tmp/perf-${program.pid}.map`);
  }, 60_000);

  it('finds memory by the name of a variable or of a mapping', async () => {
    const { program } = await fixture.startCpp();
    const cli = fixture.watch(program.pid, '--symbol', 'g_world', '--max-share', '100');
    await armed(cli);
    await program.ask('global');
    const lines = await interrupted(cli);
    const writes = lines.filter(isEvent('write'));
    expect(new Set(writes.map((line) => line.function))).toEqual(new Set(['main']));
    expect(writes.length).toBeGreaterThanOrEqual(16);
  });

  it('writes folded stacks, a profile for speedscope and a table', async () => {
    const { program, base } = await fixture.startCpp();
    for (const form of [['--folded'], ['--speedscope'], []]) {
      const words = [
        'writers',
        '--pid',
        String(program.pid),
        ...rangeOf(base, PAGES),
        '--max-share',
        '100',
        ...form,
      ];
      const cli = new RunningCli(fixture.scripts.path('cli'), [...words, '--count', String(PAGES)]);
      await cli.printedError('Watching the writers of');
      await program.ask('run 1');
      const { out } = await cli.finished;
      if (form[0] === '--speedscope') {
        const { shared, profiles } = JSON.parse(out) as ReturnType<typeof speedscopeProfile>;
        expect(shared.frames.map(({ name }) => name)).toContain('game::move_player(long)');
        expect(profiles[0].endValue).toBe(PAGES);
      } else if (form.length > 0)
        expect(out).toMatch(/^program \(\d+\);.*thread\(void\*\);.*game::move_player\(long\) \d+$/m);
      else expect(out).toMatch(/^ *16 +25\.0 % +16 +program \(\d+\) +game::Physics::step\(long\) +\S+:\d+$/m);
    }
  });

  it('finds the same by page faults, without letting anything wait, for an ordinary user too', async () => {
    const [command, ...words] = asNobody();
    chmodSync(dirname(fixture.cpp.path), 0o755);
    for (const ordinaryUser of [false, true]) {
      const program = ordinaryUser
        ? fixture.start(command, ...words, fixture.cpp.path)
        : fixture.start(fixture.cpp.path);
      const [base, ...tids] = (await program.line()).split(' ').map(Number);
      const args = ['writers', '--pid', String(program.pid), '--json', ...rangeOf(base, PAGES)];
      const cli = new RunningCli(fixture.scripts.path('cli'), [...args, '--stacks'], {
        ordinaryUser,
      });
      await armed(cli);
      await program.ask('run 1');
      await cli.until((lines) => lines.filter(isEvent('write')).length >= PAGES);
      await program.ask('run 100');
      const lines = await interrupted(cli);
      checkWrites(lines, base, tids);
      const writes = lines.filter(isEvent('write'));
      expect(new Set(writes.map(({ address }) => Number(address) >> 12)).size).toBe(PAGES);
      for (const { stack } of writes)
        expect(stack.some((frame) => frame.function === 'thread(void*)')).toBe(true);
      expect(lines.at(-1)).toMatchObject({ reason: 'interrupt', waitedMs: 0 });
    }
  });

  it('sees system calls by page faults', async () => {
    const program = fixture.start(fixture.kernel.path, join(folder, 'data'), 'pi');
    const [address] = (await program.line()).split(' ');
    const cli = fixture.watch(
      program.pid,
      ...rangeOf(Number(address), 128),
      '--method',
      'faults',
      '--interval',
      '0.005',
    );
    await armed(cli);
    expect(await program.ask('run 20')).toBe('0 -');
    const writes = (await interrupted(cli)).filter(isEvent('write'));
    const functionsAt = (page: number) =>
      new Set(
        writes
          .filter((line) => Math.floor((Number(line.address) - Number(address)) / 4096) === page)
          .map((line) => line.function),
      );
    expect([...functionsAt(0)].join()).toMatch(/read/);
    expect([...functionsAt(4)].join()).toMatch(/recv/);
  });

  it('explains what cannot be armed, and wrong usage', async () => {
    const { program } = await fixture.startCpp();
    const { code, error } = await fixture.watch(program.pid, '--name', 'program').finished;
    expect([code, error]).toEqual([1, expect.stringMatching(/private mapping of a file/)]);
    for (const [words, message] of [
      [['--name', 'x'], /--pid N is missing/],
      [['--pid', '1'], /One of --range A\+LEN, --name NAME and --symbol NAME/],
      [['--pid', '1', '--name', 'x', '--symbol', 'y'], /One of/],
      [['--pid', '1', '--name', ''], /take a name, not ""/],
      [['--pid', '1', '--symbol', ''], /take a name, not ""/],
      [['--pid', '1', '--range', '0x1000'], /takes ADDRESS\+LENGTH/],
      [['--pid', '1', '--range', '0x800000000000+4K'], /2\^47/],
      [['--pid', '1', '--name', 'x', '--json', '--folded'], /exclude each other/],
    ] as const) {
      let text = '';
      const output = { out: () => undefined, error: (part: string) => void (text += part) };
      expect(await runProgram(['writers', ...words], output)).toBe(2);
      expect(text).toMatch(message);
    }
  });
});
