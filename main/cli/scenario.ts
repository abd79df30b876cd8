import { InspectorError } from '#shared/contract/errors.ts';
import { pageOfAddress, parseBytes } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { EXIT_FAILED, EXIT_OK, failure, usageError, type Command, type Output } from './command.ts';
import { formatDifference } from '../scenarios/compare.ts';
import { checkText, runText } from '../scenarios/run-text.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { OutputFolder, readScenarioFile } from './scenario-files.ts';
import { stepLines } from './scenario-steps.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty scenario')
    .usage(
      'run FILE.json\n       soft-dirty scenario run --out DIR FILE.json...\n       soft-dirty scenario check FILE.json...\n       soft-dirty scenario steps [--page ADDRESS] FILE.json',
    )
    .description("Runs scenario files (JSON: steps against one process's memory) on the simulated engine.")
    .argument('[ACTION]', 'run, check or steps')
    .argument('[FILE...]', 'scenario files')
    .option(
      '--out <DIR>',
      'run: write one file for each into DIR, under its own name; a file that is not valid is reported on the error stream and the others still run',
    )
    .option('--page <ADDRESS>', 'steps: why the page at this address counts as written at the end');

const notes = `run    prints the same JSON with a result in every step; results in the file are replaced, never read.
steps  prints the sub-steps of each system call: TLB lookups, walks, faults, entries, with the kernel functions.
check  compares with the results in the files: one line per file, then a summary.

Exit codes: 0 every file ran (and is as recorded); 1 a file is not valid, cannot be read or written, or differs;
2 wrong usage.
`;

export const scenarioCommand: Command = {
  syntax,
  notes,
  async run(args, output) {
    let values: { out?: string; page?: string };
    let words: readonly string[];
    try {
      ({ values, words } = parseArguments<{ out?: string; page?: string }>(syntax(), args));
    } catch (error) {
      return usageError(output, 'scenario', (error as Error).message);
    }
    const [action, ...files] = words;
    const [first, ...others] = files;
    if (action !== 'run' && action !== 'check' && action !== 'steps') {
      const problem =
        action === undefined ? 'expected run, check or steps' : `unknown action ${JSON.stringify(action)}`;
      return usageError(output, 'scenario', problem);
    }
    if (first === undefined) return usageError(output, 'scenario', `${action} needs a file`);
    if (action === 'steps') {
      const address = values.page === undefined ? null : parseBytes(values.page);
      if (values.page !== undefined && address === null)
        return usageError(output, 'scenario', `--page: ${JSON.stringify(values.page)} is not an address`);
      if (others.length > 0 || values.out !== undefined)
        return usageError(output, 'scenario', 'steps takes one file and no --out');
      return await reporting(output, async () => {
        const text = await readScenarioFile(first);
        for (const line of stepLines(text, first, address === null ? null : pageOfAddress(address)))
          output.out(line);
      });
    }
    if (values.page !== undefined) return usageError(output, 'scenario', '--page is for steps');
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
        output.out(`ok         ${file}: ${plural(steps, 'step')}\n`);
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
  output.out(
    `${plural(files.length, 'file')}: ${same} as recorded, ${different} different, ${broken} in error\n`,
  );
  return different + broken === 0 ? EXIT_OK : EXIT_FAILED;
}

/** Runs `action`; a failure becomes lines on the error stream. */
async function reporting(output: Output, action: () => Promise<void>): Promise<number> {
  try {
    await action();
    return EXIT_OK;
  } catch (cause) {
    return failure(output, 'scenario', cause);
  }
}
