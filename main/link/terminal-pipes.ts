import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { InspectorError } from '#shared/contract/errors.ts';
import { quoteShellWord } from '#shared/shell-words.ts';
import { systemReason } from '#shared/system-reason.ts';

/** Names of the pipes in their folder. */
export const TO_ENGINE = 'to-engine';
export const FROM_ENGINE = 'from-engine';

/** Two pipes by which an engine is reached that the user starts in a terminal. */
export interface TerminalPipes {
  /** Only this user may enter it. */
  readonly folder: string;
  /** The command to run. The user's shell opens its pipes, with the user's rights. */
  readonly command: string;
  /** Connections that use the pipes continue. */
  remove(): Promise<void>;
}

/** Makes the pipes. @throws InspectorError `io` if that cannot be */
export async function makePipes(env: NodeJS.ProcessEnv = process.env): Promise<TerminalPipes> {
  const runtime = env['XDG_RUNTIME_DIR'];
  const base = runtime !== undefined && isAbsolute(runtime) ? runtime : tmpdir();
  try {
    const folder = await mkdtemp(join(base, 'soft-dirty-engine-'));
    const [to, from] = [join(folder, TO_ENGINE), join(folder, FROM_ENGINE)];
    await promisify(execFile)('mkfifo', ['-m', '600', to, from]);
    return {
      folder,
      command: `sudo soft-dirty serve --stdio <${quoteShellWord(to)} >${quoteShellWord(from)}`,
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (cause) {
    throw new InspectorError(
      'io',
      `No pipe could be created below ${base}: ${systemReason(cause)}.`,
      'Free some space there.',
    );
  }
}
