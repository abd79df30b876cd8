/** After `soft-dirty writers` the watched program continues with all its memory, however the command ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asNobody } from './testing/run-cli.ts';
import {
  armed,
  interrupted,
  isEvent,
  linesOf,
  PAGES,
  rangeOf,
  UNBOUNDED,
  WritersFixture,
} from './testing/writers-fixture.ts';

const KILLS = 50;

let fixture: WritersFixture;
let folder: string;
beforeAll(async () => {
  fixture = await WritersFixture.create();
  folder = mkdtempSync(join(tmpdir(), 'writers-'));
  writeFileSync(join(folder, 'data'), 'x'.repeat(8192));
}, 120_000);
afterAll(() => {
  fixture.remove();
  rmSync(folder, { recursive: true });
});
afterEach(() => fixture.end());

describe('a program watched by soft-dirty writers', () => {
  it('lets system calls, signals, mutexes and the ends of threads write to armed pages', async () => {
    const program = fixture.start(fixture.kernel.path, join(folder, 'data'));
    const [address] = (await program.line()).split(' ');
    for (const more of [[], ['--stacks']]) {
      const cli = fixture.watch(program.pid, ...rangeOf(Number(address), 128), ...UNBOUNDED, ...more);
      await armed(cli);
      // The page with the control block of a thread is left out once the thread has run.
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

  it('leaves the program running when it is killed, even while threads wait', async () => {
    const { program, base } = await fixture.startCpp();
    for (let i = 0; i < KILLS; i++) {
      const cli = fixture.watch(
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

  it('releases everything on SIGTERM and Ctrl+Z, and at the end of its duration', async () => {
    const { program, base } = await fixture.startCpp();
    const vmas = () => readFileSync(`/proc/${program.pid}/smaps`, 'latin1');
    const before = vmas()
      .split('\n')
      .filter((line) => line.includes('-')).length;
    for (const signal of ['SIGTERM', 'SIGTSTP'] as const) {
      const cli = fixture.watch(program.pid, ...rangeOf(base, PAGES));
      await armed(cli);
      await program.ask('run 5');
      expect((await interrupted(cli, signal)).at(-1)).toMatchObject({ reason: 'interrupt' });
    }
    const cli = fixture.watch(program.pid, ...rangeOf(base, PAGES), '--duration', '0.05');
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
    const { program, base } = await fixture.startCpp();
    const cli = fixture.watch(program.pid, ...rangeOf(base, PAGES));
    await armed(cli);
    await program.kill();
    expect(linesOf((await cli.finished).out).at(-1)).toMatchObject({ reason: 'exit' });
    const shell = fixture.start('/bin/sh', '-c', 'echo ready; read line; exec cat');
    await shell.line();
    const second = fixture.watch(shell.pid, '--name', '[heap]');
    await armed(second);
    // The line ends the shell; the next one is answered by cat.
    shell.child.stdin.write('go\n');
    expect(linesOf((await second.finished).out).at(-1)).toMatchObject({ reason: 'exec' });
    expect(await shell.ask('still here')).toBe('still here');
  });

  it('does not touch a program whose system calls would fail', async () => {
    const [command, ...words] = asNobody();
    const program = fixture.start(command, ...words, '/bin/sh', '-c', 'echo ready; read line; echo $line');
    await program.line();
    const { code, error } = await fixture.watch(program.pid, '--name', '[heap]').finished;
    expect(code).toBe(1);
    expect(error).toMatch(/system calls into watched pages would fail[^]*vm\.unprivileged_userfaultfd=1/);
    expect(await program.ask('unharmed')).toBe('unharmed');
  });
});
