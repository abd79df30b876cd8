/** The commands that attach, on a program whose memory is huge pages: they are restored before the command ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { HUGE_KIB, HugeProgramBuild, type HugeProgram } from '../native/testing/huge-program.ts';
import { RunningCli } from './testing/run-cli.ts';

const TILES = 32;
const folder = mkdtempSync(join(tmpdir(), 'huge-pages-'));
let scripts: BuiltScripts;
let build: HugeProgramBuild;
let program: HugeProgram;
beforeAll(async () => {
  build = new HugeProgramBuild();
  scripts = await buildScripts('cli.ts');
});
afterEach(() => program.kill());
afterAll(() => {
  build.remove();
  rmSync(folder, { recursive: true });
});

/** Runs a command, writes to every huge page once it is attached, and resolves when it ended by itself. */
async function run(args: readonly string[], whileAttached?: (cli: RunningCli) => Promise<void>) {
  program = await build.start(TILES);
  const cli = new RunningCli(scripts.path('cli'), [...args, '--pid', String(program.pid)]);
  let ended = false;
  void cli.finished.then(() => (ended = true));
  // Attached and cleared: from then on a write splits.
  while (!ended && (await program.send('w')) > 0);
  await whileAttached?.(cli);
  return cli.finished;
}
const all = `Restored ${TILES} huge pages of process`;

describe('huge pages', () => {
  it.each([
    ['watch', ['watch', '--json', '--duration', '2', '--backend', 'write-protect']],
    ['record', ['record', '--duration', '2', '--backend', 'write-protect', '--out', join(folder, 'a.mcap')]],
  ])('are restored by %s before it ends', async (command, args) => {
    const { code, error } = await run(args);
    expect({ code, huge: await program.send('h') }).toEqual({ code: 0, huge: TILES * HUGE_KIB });
    expect(error).toMatch(
      new RegExp(`^soft-dirty ${command}: ${TILES} huge pages will be split when written`),
    );
    expect(error).toContain(`Restoring huge pages of process ${program.pid}: 0 of ${TILES}.`);
    expect(error).toContain(all);
  });

  it('are restored by snapshot', async () => {
    program = await build.start(TILES);
    const start = `0x${(program.firstPage * 4096).toString(16)}`;
    const cli = new RunningCli(scripts.path('cli'), [
      ...['snapshot', '--pid', String(program.pid), '--start', start, '--len', '4096', '--after', '2'],
      ...['--backend', 'write-protect', '--out', join(folder, 'a.bin')],
    ]);
    while ((await program.send('w')) > 0);
    const { code, error } = await cli.finished;
    expect({ code, huge: await program.send('h') }).toEqual({ code: 0, huge: TILES * HUGE_KIB });
    expect(error).toContain(all);
  });

  it('stay split with --no-restore-huge', async () => {
    const { code, error } = await run([
      ...['watch', '--json', '--duration', '1', '--backend', 'write-protect', '--no-restore-huge'],
    ]);
    expect({ code, huge: await program.send('h') }).toEqual({ code: 0, huge: 0 });
    // The announcement, and nothing of restoring.
    expect(error.split('\n').filter((line) => /restor(ed|ing) huge/i.test(line))).toEqual([]);
  });

  it('are counted in the header of the table', async () => {
    const { code, out } = await run(['watch', '--duration', '3', '--backend', 'write-protect']);
    expect(code).toBe(0);
    expect(out).toContain(`${TILES} huge pages split`);
  });

  it('are left if a signal comes while they are restored', async () => {
    const { code, error } = await run(
      ['watch', '--json', '--duration', '1', '--backend', 'write-protect'],
      async (cli) => {
        await cli.until((lines) => lines.at(-1)?.event === 'detached');
        cli.child.kill('SIGINT');
      },
    );
    expect(code).toBe(0);
    expect(error).toContain('Cancelled: ');
    expect(await program.send('h')).toBeLessThan(TILES * HUGE_KIB);
  });
});
