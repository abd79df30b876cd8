/** Entry on the command line: `npm run --silent soft-dirty -- COMMAND …`. */
import { watchStandardOutput } from './cli/broken-output.ts';
import { outliveTerminal } from './cli/closed-terminal.ts';
import { runProgram } from './cli/program.ts';

outliveTerminal();
const outputFailure = watchStandardOutput(process.stdout, process.stderr);

const code = await runProgram(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  stream: process.stdout,
});
process.exitCode = outputFailure() ?? code;
// A write that is still on its way may fail yet.
process.once('exit', () => (process.exitCode = outputFailure() ?? code));
