/** Entry on the command line: `npm run --silent soft-dirty -- COMMAND …`. */
import { watchStandardOutput } from './cli/broken-output.ts';
import { outliveTerminal } from './cli/closed-terminal.ts';
import { runProgram } from './cli/program.ts';
import { keepPlacesIn } from './native/symbols/known-places.ts';
import { userCacheFolder } from './user-cache.ts';

outliveTerminal();
keepPlacesIn(userCacheFolder('symbols'));
const args = process.argv.slice(2);
// serve has its own stream on standard output, on which none of Node's may be open.
const isServer = args[0] === 'serve' && args.includes('--stdio');
const outputFailure = isServer ? () => null : watchStandardOutput(process.stdout, process.stderr);

const code = await runProgram(args, {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  ...(!isServer && { stream: process.stdout }),
});
process.exitCode = outputFailure() ?? code;
// A write that is still on its way may fail yet.
process.once('exit', () => (process.exitCode = outputFailure() ?? code));
