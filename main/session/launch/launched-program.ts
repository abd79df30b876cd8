import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { OutputFile } from './output-file.ts';

export interface LaunchRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | null;
  /** Added to our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors of ours that it gets, from number 3 on. */
  readonly inherit?: readonly number[];
}

/** A program that we started. It is a process of its own: it goes on when we end, whatever the way. */
export class LaunchedProgram {
  readonly pid: number;
  /** How it ended, in words; null while it runs. */
  ended: string | null = null;
  private readonly child: ChildProcess;
  private readonly files: readonly OutputFile[];

  private constructor(
    child: ChildProcess,
    pid: number,
    files: readonly OutputFile[],
    onEnd: (how: string) => void,
  ) {
    this.child = child;
    this.pid = pid;
    this.files = files;
    child.once('exit', (code, signal) => {
      for (const file of this.files) file.close();
      this.ended = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
      onEnd(this.ended);
    });
    child.unref();
  }

  /** Starts it; rejects with kind `no-such-folder` where `cwd` is none, `io` where it cannot be started for another reason. */
  static async start(
    { command, args, cwd, env, inherit = [] }: LaunchRequest,
    onOutput: (stream: 'stdout' | 'stderr', text: string) => void,
    onEnd: (how: string) => void,
  ): Promise<LaunchedProgram> {
    const files = [
      new OutputFile((text) => onOutput('stdout', text)),
      new OutputFile((text) => onOutput('stderr', text)),
    ];
    try {
      const child = spawn(command, args, {
        ...(cwd === null ? {} : { cwd }),
        env: { ...process.env, ...env },
        // A session of its own: signals to ours (Ctrl+C, a closed terminal) do not reach it.
        detached: true,
        stdio: ['ignore', ...files.map((file) => file.writeEnd), ...inherit],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      for (const file of files) file.programHasIt();
      // `spawn` was heard, so there is a pid.
      return new LaunchedProgram(child, Number(child.pid), files, onEnd);
    } catch (cause) {
      for (const file of files) file.close();
      throw notStarted(command, cwd, cause);
    }
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Stops listening; the program goes on. */
  release(): void {
    for (const file of this.files) file.close();
  }
}

function notStarted(command: string, cwd: string | null, cause: unknown): InspectorError {
  if (cwd !== null && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    return new InspectorError('no-such-folder', `There is no folder ${cwd}.`, 'Check the path.', { cause });
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const why = code === 'ENOENT' ? 'no such program' : code === 'EACCES' ? 'it may not be executed' : code;
  const place = cwd === null ? '' : ` in ${cwd}`;
  return new InspectorError('io', `${command} could not be started${place}: ${why}.`, 'Check the path.', {
    cause,
  });
}
