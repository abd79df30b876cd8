import { EXIT_FAILED, EXIT_OK, usageError, type Command, type Output } from './command.ts';
import { BadValue } from './option-values.ts';
import { newSyntax, parseArguments } from './syntax.ts';
import { printableLines } from './terminal-text.ts';

const syntax = () =>
  newSyntax('soft-dirty serve')
    .usage('--stdio')
    .description('Serves a window of Soft-Dirty Inspector on another machine over standard input and output.')
    .option('--stdio', 'use standard input and output, the only transport');

const notes = `The window starts this command itself: by ssh, in a container or with pkexec. The engine ends, and detaches from the
program, within 5 s when the connection is closed. It opens no port, and obeys only the process that started it.
Messages go to standard error.

Exit codes: 0 the connection was closed, 1 it was lost or failed, 2 wrong usage.
`;

export const serveCommand: Command = { syntax, notes, run };

async function run(args: readonly string[], output: Output): Promise<number> {
  try {
    const { values, words } = parseArguments<{ stdio?: true }>(syntax(), args);
    if (!values.stdio || words.length > 0) return usageError(output, 'serve', '--stdio is needed');
  } catch (cause) {
    if (cause instanceof BadValue) return usageError(output, 'serve', cause.message);
    throw cause;
  }
  const [{ standardStreams }, { serveStream }, { engine }] = await Promise.all([
    import('../link/standard-streams.ts'),
    import('../link/serve-stream.ts'),
    import('../engine.ts'),
  ]);
  const server = serveStream(standardStreams(), engine);
  process.on('exit', () => server.abandon());
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void server.close());
  }
  const error = await server.ended;
  if (error !== null) output.error(printableLines(`soft-dirty serve: ${error.message}\n`));
  // Anything that would keep the process alive, such as a child that is waited for, ends with it.
  setImmediate(() => process.exit(error === null ? EXIT_OK : EXIT_FAILED));
  return error === null ? EXIT_OK : EXIT_FAILED;
}
