import { type ChildProcess, spawn } from 'node:child_process';
import { InspectorError } from '#shared/contract/errors.ts';
import { systemReason } from '#shared/system-reason.ts';

/** Commands that run at once; they may take long. */
const MAX_RUNNING = 4;

/** The commands that triggers started. */
export class TriggerCommands {
  private readonly running = new Set<ChildProcess>();

  /**
   * Passes `command` to `/bin/sh -c`, without input and output; it continues by itself. Resolves to how it ended. Rejects with kind
   * `busy` if MAX_RUNNING run.
   * @param about variables of its environment
   */
  async run(command: string, about: Readonly<Record<string, string>>): Promise<string> {
    if (this.running.size >= MAX_RUNNING)
      throw new InspectorError(
        'busy',
        `${MAX_RUNNING} commands of triggers are running.`,
        'Use a command that takes less time.',
      );
    const child = spawn('/bin/sh', ['-c', command], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...about },
    });
    this.running.add(child);
    child.unref();
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', (cause) =>
          reject(new InspectorError('io', `It was not started: ${systemReason(cause)}.`)),
        );
        child.once('exit', (code, signal) => {
          if (code === 0) resolve('The command succeeded.');
          else reject(new InspectorError('io', `The command ended with ${signal ?? `status ${code}`}.`));
        });
      });
    } finally {
      this.running.delete(child);
    }
  }
}
