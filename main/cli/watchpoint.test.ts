/** `soft-dirty watchpoint` as a separate process, on a real program with known writers. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { type Compiled, compile, Conversation } from '../native/testing/c-program.ts';
import { runProgram } from './program.ts';
import { checkedLines, watchpointLineSchema } from './testing/line-schemas.ts';
import { RunningCli } from './testing/run-cli.ts';

const SOURCE = 'main/native/watchpoint/testing/word-writers.c';
/** Line number of the first statement `word = value`. */
const LINE_OF_FIRST = readFileSync(SOURCE, 'utf8').split('word = value')[0].split('\n').length;
const FIRST = 700;
const SECOND = 300;

let scripts: BuiltScripts;
let writers: Compiled;
const running: Conversation[] = [];
beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
  // Unoptimised, every function has a frame pointer.
  writers = compile(SOURCE, '-g', '-O0', '-pthread');
});
afterAll(() => {
  writers.remove();
});
afterEach(async () => {
  for (const program of running.splice(0)) await program.kill();
});

interface Line {
  readonly event: string;
  readonly tid?: number;
  readonly function?: string | null;
  readonly module?: string | null;
  readonly file?: string | null;
  readonly line?: number | null;
  readonly stack?: readonly Line[];
  readonly writes?: number;
  readonly reason?: string;
  readonly before?: string;
  readonly after?: string;
}

async function start(first = FIRST, second = SECOND): Promise<{ program: Conversation; address: string }> {
  const program = new Conversation(writers.path, String(first), String(second));
  running.push(program);
  return { program, address: await program.line() };
}

function watch(program: Conversation, address: string, ...more: string[]): RunningCli {
  const words = ['watchpoint', '--pid', String(program.pid), '--address', address, '--json', ...more];
  return new RunningCli(scripts.path('cli'), words);
}

function linesOf(text: string): Line[] {
  checkedLines(watchpointLineSchema, text);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}
const armed = (cli: RunningCli) =>
  cli.until((lines) => lines.some((line) => (line.event as string) === 'armed'));

describe('soft-dirty watchpoint', () => {
  it('shows every write with its thread, function and line, also by threads that start later', async () => {
    const { program, address } = await start();
    const cli = watch(program, address, '--stacks', '--count', String(FIRST + SECOND));
    await armed(cli);
    const tid = Number(await program.ask('go'));
    const { code, out, error } = await cli.finished;
    expect([code, error]).toEqual([0, '']);
    const lines = linesOf(out);
    expect(lines[0]).toEqual({ event: 'armed', pid: program.pid, address, size: 8, threads: 1 });
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'count', writes: FIRST + SECOND });
    const writes = lines.slice(1, -1);
    const by = (name: string) => writes.filter((line) => line.event === 'write' && line.function === name);
    expect([by('first_writer').length, by('game::write()').length]).toEqual([FIRST, SECOND]);
    expect(new Set(by('first_writer').map((line) => line.tid))).toEqual(new Set([program.pid]));
    expect(new Set(by('game::write()').map((line) => line.tid))).toEqual(new Set([tid]));
    expect(by('first_writer')[0]).toMatchObject({ module: writers.path, line: LINE_OF_FIRST });
    expect(by('first_writer')[0].file).toMatch(/word-writers\.c$/);
    expect(
      by('first_writer')[0]
        .stack?.map((caller) => caller.function)
        .slice(0, 2),
    ).toEqual(['outer', 'main']);
    // The order of the writes is that of their times.
    expect(writes.findLastIndex((line) => line.function === 'first_writer')).toBe(FIRST - 1);
  });

  it('has the values before and after of a single write, and ends when the program does', async () => {
    const { program, address } = await start(1, 0);
    const cli = watch(program, address);
    await armed(cli);
    await program.ask('go');
    await cli.until((lines) => lines.some((line) => (line.event as string) === 'write'));
    await program.kill();
    const { code, out } = await cli.finished;
    const lines = linesOf(out);
    expect(code).toBe(0);
    expect(lines[1]).toMatchObject({ event: 'write', function: 'first_writer', before: '0x0', after: '0x1' });
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'exit', writes: 1 });
  });

  it('ends when the program calls exec, and does not watch the new program', async () => {
    const { program, address } = await start(1, 0);
    const cli = watch(program, address);
    await armed(cli);
    await program.ask('go');
    await cli.until((lines) => lines.some((line) => (line.event as string) === 'write'));
    await program.ask('exec');
    const { code, out } = await cli.finished;
    expect([code, linesOf(out).at(-1)]).toEqual([0, { event: 'detached', reason: 'exec', writes: 1 }]);
    expect(program.child.exitCode).toBeNull();
  });

  describe('of code that uses the frame pointer for something else', () => {
    const OMITTED = 'main/native/watchpoint/testing/omitted-frames.c';
    const stackOf = async (...flags: string[]) => {
      const built = compile(OMITTED, '-O2', '-fomit-frame-pointer', ...flags);
      try {
        const program = new Conversation(built.path);
        running.push(program);
        const cli = watch(program, await program.line(), '--stacks', '--count', '1');
        await armed(cli);
        await program.ask('go');
        const { code, out } = await cli.finished;
        expect(code).toBe(0);
        const [, write] = linesOf(out);
        expect(write).toMatchObject({ event: 'write', function: 'innermost' });
        return write.stack?.map((caller) => caller.function) ?? [];
      } finally {
        built.remove();
      }
    };

    it('has the callers by call frame information, up to the first', async () => {
      const names = await stackOf();
      expect(names.slice(0, 3)).toEqual(['middle', 'outermost', 'main']);
      expect(names.at(-1)).toBe('_start');
    });

    it('has none if there is no such information, rather than wrong ones', async () => {
      expect(await stackOf('-fno-asynchronous-unwind-tables', '-fno-unwind-tables')).toEqual([
        '[callers not known]',
      ]);
    });

    it('follows frame pointers if the code has them', async () => {
      const names = await stackOf(
        '-fno-asynchronous-unwind-tables',
        '-fno-unwind-tables',
        '-fno-omit-frame-pointer',
        '-DFRAMES',
      );
      expect(names.slice(0, 3)).toEqual(['middle', 'outermost', 'main']);
    });
  });

  it('ends a stack at an invalid frame pointer', async () => {
    const { program, address } = await start(0, 0);
    await program.ask('go');
    const cli = watch(program, address, '--stacks', '--count', '1');
    await armed(cli);
    await program.ask('frame');
    const { code, out } = await cli.finished;
    expect([code, linesOf(out)[1]]).toMatchObject([
      0,
      { function: 'without_frame', stack: [{ function: '[callers not known]', module: null }] },
    ]);
  });

  it('refuses an address where nothing is mapped', async () => {
    const { program } = await start(1, 0);
    const { code, out, error } = await watch(program, '0x1000').finished;
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/Nothing is mapped at 0x1000 of process \d+/);
  });

  it('pauses when there are more writes than permitted, and reports it', async () => {
    const { program, address } = await start(400_000, 0);
    const cli = watch(program, address, '--max-rate', '200', '--duration', '20');
    await armed(cli);
    await program.ask('go');
    await program.kill();
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    const lines = linesOf(out);
    const paused = lines.find((line) => line.event === 'paused');
    expect(paused?.writes).toBeGreaterThan(200);
    const lost = lines
      .filter((line) => line.event === 'lost')
      .reduce((sum, line) => sum + (line.writes ?? 0), 0);
    const shown = lines.filter((line) => line.event === 'write').length;
    expect(shown + lost).toBeLessThan(400_000);
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'exit', writes: shown });
  });

  it('reports that the debug registers are in use', async () => {
    const { program, address } = await start();
    const four = Array.from({ length: 4 }, (_, i) =>
      watch(program, `0x${(BigInt(address) + BigInt(8 * i)).toString(16)}`),
    );
    for (const cli of four) await armed(cli);
    const { code, error } = await watch(program, `0x${(BigInt(address) + 64n).toString(16)}`).finished;
    expect([code, error]).toEqual([1, expect.stringMatching(/debug registers are in use/)]);
    for (const cli of four) cli.child.kill('SIGINT');
    for (const cli of four) expect((await cli.finished).code).toBe(0);
  });

  it('names what is wrong with its words', async () => {
    for (const [words, message] of [
      [['--address', '0x1000'], /--pid N is missing/],
      [['--pid', '1'], /--address A is missing/],
      [['--pid', '1', '--address', '0x1001'], /not a multiple of --size 8/],
      [['--pid', '1', '--address', '0x1000', '--size', '3'], /1, 2, 4, 8/],
      [['--pid', '1', '--address', '0x800000000000'], /below 2\^47/],
    ] as const) {
      let error = '';
      const output = { out: () => undefined, error: (text: string) => void (error += text) };
      expect(await runProgram(['watchpoint', ...words], output)).toBe(2);
      expect(error).toMatch(message);
    }
    let error = '';
    const output = { out: () => undefined, error: (text: string) => void (error += text) };
    expect(await runProgram(['watchpoint', '--pid', '4194303', '--address', '0x1000'], output)).toBe(1);
    expect(error).toMatch(/There is no process 4194303/);
  });
});
