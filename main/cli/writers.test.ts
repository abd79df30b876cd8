/** `soft-dirty writers` as a process of its own, on real programs whose pages have known writers. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../native/testing/built-program.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { type Compiled, Conversation } from '../native/testing/c-program.ts';
import { runProgram } from './program.ts';
import { checkedLines, writersLineSchema } from './testing/line-schemas.ts';
import { asNobody, RunningCli } from './testing/run-cli.ts';

const FOLDER = 'main/native/writers/testing';
const PAGES = 64;
/** Page i of the C++ program is written by number i % 4, at byte 8 (i % 4 + 1). */
const FUNCTIONS = [
  'game::move_player(long)',
  'game::stream_audio(long)',
  'game::Physics::step(long)',
  'game::set_particle',
];
const KILLS = 50;
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

let scripts: BuiltScripts;
let cpp: Compiled;
let kernel: Compiled;
let rust: Compiled;
/** The same program with names of the v0 form. */
let rustV0: Compiled;
let folder: string;
const running: Conversation[] = [];
beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/writers/fault-thread.ts');
  cpp = build('c++', `${FOLDER}/known-writers.cc`, '-g', '-O2', '-pthread');
  kernel = build('cc', `${FOLDER}/kernel-writers.c`, '-g', '-O1', '-pthread');
  const rustFlags = ['-g', '-C', 'opt-level=1'];
  rust = build('rustc', `${FOLDER}/known-writers.rs`, ...rustFlags);
  rustV0 = build('rustc', `${FOLDER}/known-writers.rs`, ...rustFlags, '-C', 'symbol-mangling-version=v0');
  folder = mkdtempSync(join(tmpdir(), 'writers-'));
  writeFileSync(join(folder, 'data'), 'x'.repeat(8192));
}, 120_000);
afterAll(() => {
  cpp.remove();
  kernel.remove();
  rust.remove();
  rustV0.remove();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.kill();
});

interface Place {
  readonly function: string | null;
  readonly module: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

interface Line extends Place {
  readonly event: string;
  readonly address: string;
  readonly tid: number;
  readonly offset: string;
  readonly stack: readonly Place[];
  readonly reason?: string;
  readonly pages?: number;
  readonly writes?: number;
}

function start(path: string, ...args: string[]): Conversation {
  const program = new Conversation(path, ...args);
  running.push(program);
  return program;
}

async function startCpp(): Promise<{ program: Conversation; base: number; tids: number[] }> {
  const program = start(cpp.path);
  const [base, ...tids] = (await program.line()).split(' ').map(Number);
  return { program, base, tids };
}

const rangeOf = (base: number, pages: number) => ['--range', `0x${base.toString(16)}+${pages * 4}K`];

/** With synchronous write-protection, unless another method is named. */
function watch(pid: number, ...words: string[]): RunningCli {
  const method = words.includes('--method') ? [] : ['--method', 'wait'];
  return new RunningCli(scripts.path('cli'), [
    'writers',
    '--pid',
    String(pid),
    '--json',
    ...method,
    ...words,
  ]);
}

function linesOf(text: string): Line[] {
  checkedLines(writersLineSchema, text);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
const isEvent = (event: string) => (line: { event: string }) => line.event === event;
const armed = (cli: RunningCli) => cli.until((lines) => lines.some(isEvent('armed')));
const UNBOUNDED = ['--max-rate', '1000000', '--max-share', '100', '--interval', '0.002'];

async function interrupted(cli: RunningCli, signal: NodeJS.Signals = 'SIGINT'): Promise<Line[]> {
  cli.child.kill(signal);
  const { code, out, error } = await cli.finished;
  expect([code, error]).toEqual([0, '']);
  return linesOf(out);
}

function checkWrites(lines: readonly Line[], base: number, tids: readonly number[]): void {
  for (const line of lines.filter(isEvent('write'))) {
    const at = Number(line.address) - base;
    const index = Math.floor(at / 4096) % 4;
    expect([line.tid, line.function, at % 4096]).toEqual([tids[index], FUNCTIONS[index], 8 * (index + 1)]);
    expect([line.module, line.file]).toEqual([cpp.path, expect.stringMatching(/known-writers\.cc$/)]);
  }
}

describe('soft-dirty writers', () => {
  it('names thread, function and line of the first writer of each page', async () => {
    const { program, base, tids } = await startCpp();
    const cli = watch(program.pid, ...rangeOf(base, PAGES), '--max-share', '100');
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
    const source = readFileSync(`${FOLDER}/known-writers.cc`, 'utf8').split('\n');
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
        const program = start(built.path);
        await program.line();
        const cli = watch(program.pid, '--symbol', 'word', '--stacks', '--method', 'faults');
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
    const { program, base, tids } = await startCpp();
    const cli = watch(program.pid, ...rangeOf(base, PAGES), '--stacks', ...UNBOUNDED, '--count', '1000');
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
    const program = start((form === 'v0' ? rustV0 : rust).path);
    const base = Number(await program.line());
    const cli = watch(program.pid, ...rangeOf(base, 32), '--max-share', '100');
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
    const program = start(
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
    const cli = watch(program.pid, '--range', `0x${mapping?.[1]}+48M`, '--stacks', '--count', '200');
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    const writes = linesOf(out).filter(isEvent('write'));
    expect(writes.filter((line) => /writeWorld/.test(line.function ?? '')).length).toBeGreaterThan(190);
    expect(writes[0].stack.some((frame) => frame.function?.startsWith('uv_run'))).toBe(true);
    rmSync(`/tmp/perf-${program.pid}.map`);
  }, 60_000);

  it('lets system calls, signals, mutexes and the ends of threads write to armed pages', async () => {
    const program = start(kernel.path, join(folder, 'data'));
    const [address] = (await program.line()).split(' ');
    for (const more of [[], ['--stacks']]) {
      const cli = watch(program.pid, ...rangeOf(Number(address), 128), ...UNBOUNDED, ...more);
      await armed(cli);
      // The control block of the thread whose stack is in it is left out, once there was one.
      expect(linesOf(cli.lines.map((line) => JSON.stringify(line)).join('\n'))[0].pages).toBe(
        more.length === 0 ? 128 : 127,
      );
      expect(await program.ask('run 30')).toBe('0 -');
      const writes = (await interrupted(cli)).filter(isEvent('write'));
      const at = (page: number) =>
        writes.filter((line) => Number(line.address) >> 12 === (Number(address) >> 12) + page);
      expect(at(0)[0].function).toMatch(/read/);
      expect(at(4)[0].function).toMatch(/recv/);
      expect(at(5).length + at(8).length).toBeGreaterThan(1);
      expect(at(12)[0]).toMatchObject({ tid: 0, function: null });
    }
  }, 120_000);

  it('leaves the program running when it is killed, also while threads wait', async () => {
    const { program, base } = await startCpp();
    for (let i = 0; i < KILLS; i++) {
      const cli = watch(
        program.pid,
        ...rangeOf(base, PAGES),
        ...UNBOUNDED,
        ...(i % 2 === 0 ? ['--stacks'] : []),
      );
      await armed(cli);
      const done = program.ask('run 400');
      await cli.until((lines) => lines.some(isEvent('write')));
      cli.child.kill('SIGKILL');
      await cli.finished;
      expect(await done).toBe('done');
    }
  }, 300_000);

  it('gives everything back on SIGTERM and Ctrl+Z, and at the end of its time', async () => {
    const { program, base } = await startCpp();
    const vmas = () => readFileSync(`/proc/${program.pid}/smaps`, 'latin1');
    const before = vmas()
      .split('\n')
      .filter((line) => line.includes('-')).length;
    for (const signal of ['SIGTERM', 'SIGTSTP'] as const) {
      const cli = watch(program.pid, ...rangeOf(base, PAGES));
      await armed(cli);
      await program.ask('run 5');
      expect((await interrupted(cli, signal)).at(-1)).toMatchObject({ reason: 'interrupt' });
    }
    const cli = watch(program.pid, ...rangeOf(base, PAGES), '--duration', '0.05');
    expect(linesOf((await cli.finished).out).at(-1)).toMatchObject({ reason: 'duration' });
    expect(vmas()).not.toMatch(/VmFlags:.* uw/);
    expect(
      vmas()
        .split('\n')
        .filter((line) => line.includes('-')).length,
    ).toBe(before);
    expect(await program.ask('run 5')).toBe('done');
  });

  it('ends when the program ends or calls exec', async () => {
    const { program, base } = await startCpp();
    const cli = watch(program.pid, ...rangeOf(base, PAGES));
    await armed(cli);
    await program.kill();
    expect(linesOf((await cli.finished).out).at(-1)).toMatchObject({ reason: 'exit' });
    const shell = start('/bin/sh', '-c', 'echo ready; read line; exec cat');
    await shell.line();
    const second = watch(shell.pid, '--name', '[heap]');
    await armed(second);
    // The line ends the shell; the next one is answered by cat.
    shell.child.stdin.write('go\n');
    expect(linesOf((await second.finished).out).at(-1)).toMatchObject({ reason: 'exec' });
    expect(await shell.ask('still here')).toBe('still here');
  });

  it('finds memory by the name of a variable or of a mapping', async () => {
    const { program } = await startCpp();
    const cli = watch(program.pid, '--symbol', 'g_world', '--max-share', '100');
    await armed(cli);
    await program.ask('global');
    const lines = await interrupted(cli);
    const writes = lines.filter(isEvent('write'));
    expect(new Set(writes.map((line) => line.function))).toEqual(new Set(['main']));
    expect(writes.length).toBeGreaterThanOrEqual(16);
  });

  it('writes folded stacks, a profile for speedscope and a table', async () => {
    const { program, base } = await startCpp();
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
      const cli = new RunningCli(scripts.path('cli'), [...words, '--count', String(PAGES)]);
      let over = false;
      void cli.finished.then(() => (over = true));
      while (!over) await program.ask('run 1');
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
    chmodSync(dirname(cpp.path), 0o755);
    for (const ordinaryUser of [false, true]) {
      const program = ordinaryUser ? start(command, ...words, cpp.path) : start(cpp.path);
      const [base, ...tids] = (await program.line()).split(' ').map(Number);
      const args = ['writers', '--pid', String(program.pid), '--json', ...rangeOf(base, PAGES)];
      const cli = new RunningCli(scripts.path('cli'), [...args, '--stacks'], {
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
    const program = start(kernel.path, join(folder, 'data'), 'pi');
    const [address] = (await program.line()).split(' ');
    const cli = watch(
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

  it('leaves a program alone whose system calls would fail', async () => {
    const [command, ...words] = asNobody();
    const program = start(command, ...words, '/bin/sh', '-c', 'echo ready; read line; echo $line');
    await program.line();
    const { code, error } = await watch(program.pid, '--name', '[heap]').finished;
    expect(code).toBe(1);
    expect(error).toMatch(/system calls into watched pages would fail[^]*vm\.unprivileged_userfaultfd=1/);
    expect(await program.ask('unharmed')).toBe('unharmed');
  });

  it('explains what cannot be armed, and wrong usage', async () => {
    const { program } = await startCpp();
    const { code, error } = await watch(program.pid, '--name', 'program').finished;
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
