import { InspectorError } from '#shared/contract/errors.ts';
import { EXIT_FAILED, EXIT_OK, usageError, type Command, type Output } from './command.ts';
import { formatDifference } from '../scenarios/compare.ts';
import { checkText, runText } from '../scenarios/run-text.ts';
import { newSyntax, parseWords, type Syntax } from './syntax.ts';
import { OutputFolder, readScenarioFile } from './scenario-files.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty scenario')
    .usage(
      'run FILE.json\n       soft-dirty scenario run --out DIR FILE.json...\n       soft-dirty scenario check FILE.json...',
    )
    .description("Runs scenario files (JSON: steps against one process's memory) on the simulated engine.")
    .argument('[ACTION]', 'run or check')
    .argument('[FILE...]', 'scenario files')
    .option(
      '--out <DIR>',
      'run: write one file for each into DIR, under its own name; a file that is not valid is reported on the error stream and the others still run',
    );

const notes = `run    prints the same JSON with a result in every step; results in the file are replaced, never read.
check  compares with the results in the files: one line a file, then a summary.

Exit codes: 0 every file ran (and is as recorded); 1 a file is not valid, cannot be read or written, or differs;
2 wrong usage.
`;

export const scenarioCommand: Command = {
  syntax,
  notes,
  async run(args, output) {
    let values: { out?: string };
    let words: readonly string[];
    try {
      ({ values, words } = parseWords<{ out?: string }>(syntax(), args));
    } catch (error) {
      return usageError(output, 'scenario', (error as Error).message);
    }
    const [action, ...files] = words;
    const [first, ...others] = files;
    if (action !== 'run' && action !== 'check') {
      const problem =
        action === undefined ? 'expected run or check' : `unknown action ${JSON.stringify(action)}`;
      return usageError(output, 'scenario', problem);
    }
    if (first === undefined) return usageError(output, 'scenario', `${action} needs a file`);
    if (action === 'check') {
      if (values.out !== undefined)
        return usageError(output, 'scenario', 'check writes nothing: --out is for run');
      return await check(files, output);
    }
    if (values.out !== undefined) return await runInto(values.out, files, output);
    if (others.length > 0) return usageError(output, 'scenario', 'more than one file needs --out DIR');
    return await runOne(first, output);
  },
};

async function runOne(file: string, output: Output): Promise<number> {
  return await reporting(output, async () => {
    output.out(runText(await readScenarioFile(file), file));
  });
}

async function runInto(folder: string, files: readonly string[], output: Output): Promise<number> {
  const target = new OutputFolder(folder);
  let code = EXIT_OK;
  for (const file of files) {
    const done = await reporting(output, async () => {
      const text = await readScenarioFile(file);
      await target.write(file, () => runText(text, file));
    });
    code = Math.max(code, done);
  }
  return code;
}

async function check(files: readonly string[], output: Output): Promise<number> {
  let same = 0;
  let different = 0;
  let broken = 0;
  for (const file of files) {
    try {
      const { steps, differences } = checkText(await readScenarioFile(file), file);
      const [first] = differences;
      if (!first) {
        same++;
        output.out(`ok         ${file}: ${steps} steps\n`);
      } else {
        different++;
        const more = differences.length > 1 ? ` (and ${differences.length - 1} more)` : '';
        output.out(`different  ${file}: ${formatDifference(first)}${more}\n`);
      }
    } catch (cause) {
      broken++;
      output.out(`error      ${InspectorError.from(cause).message}\n`);
    }
  }
  output.out(`${files.length} files: ${same} as recorded, ${different} different, ${broken} in error\n`);
  return different + broken === 0 ? EXIT_OK : EXIT_FAILED;
}

/** Runs `action`; a failure becomes one line on the error stream. */
async function reporting(output: Output, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return EXIT_OK;
  } catch (cause) {
    output.error(`${InspectorError.from(cause).message}\n`);
    return EXIT_FAILED;
  }
}
