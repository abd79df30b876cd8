import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBenchmark } from '../../../app/setup/bundles.mjs';
import { prepareWineTools, wineFolder } from '../../../app/setup/libraries.mjs';
import { root } from '../../../app/setup/paths.mjs';
import { prepareProgram } from '../../../app/setup/prepare.mjs';
import { Problem } from '../../../app/setup/problem.mjs';
import { step } from '../../../app/setup/progress.mjs';
import { foreground, run } from '../../../app/setup/run.mjs';
import { tool } from '../../../app/setup/tools.mjs';

const wine = join(wineFolder, 'wine64');
const source = 'main/write-watch/wine/write-watch.c';

/**
 * The cases of write watches as a Windows program under Wine, in a Wine prefix of its own that is removed afterwards.
 * @param {string[]} args `bench`: measure instead
 * @returns {Promise<number>} the exit code
 */
export async function testUnderWine(args) {
  await prepareProgram([]);
  await prepareWineTools();
  const folder = mkdtempSync(join(tmpdir(), 'soft-dirty-inspector-wine-'));
  const program = join(folder, 'write-watch.exe');
  const env = {
    WINE: wine,
    WRITE_WATCH_EXE: program,
    WINEPREFIX: join(folder, 'prefix'),
    WINEDEBUG: '-all',
    // Neither .NET nor a browser is installed, and no menu of the desktop is changed.
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
  };
  const all = { ...process.env, ...env };
  try {
    await check(
      'The Windows program',
      run('x86_64-w64-mingw32-gcc', ['-O2', '-o', program, join(root, source)]),
    );
    await step('Preparing Wine', () => check('Wine', run(wine, ['wineboot', '--init'], { env: all })));
    if (args[0] !== 'bench') return await tool('vitest/vitest.mjs', ['run', '--project=wine'], env);
    const script = await buildBenchmark('main/write-watch/wine/wine-bench.ts');
    const code = await foreground(process.execPath, [script], { cwd: root, env: all });
    rmSync(script);
    return code;
  } finally {
    // Its server stays for some seconds after the last program, and has files in the folder open.
    await run(join(wineFolder, 'wineserver64'), ['-k', '-w'], { env: all });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} what @param {Promise<{ code: number | null, output: string }>} running */
async function check(what, running) {
  const { code, output } = await running;
  if (code !== 0)
    throw new Problem(`${what} could not be prepared: ${output.trim()}`, 'The message has the reason.');
}
