import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { HeldProgram, type LaunchRequest } from './held-program.ts';
import { OutputCapture } from './output-capture.ts';
import { programEnd, type ProgramEnd, type ProgramEvents, type RunningProgram } from './running-program.ts';

/** Starts a program; rejects with kind `no-such-folder` if `cwd` is not a folder, `io` if it cannot be started for another reason. */
export async function startProgram(request: LaunchRequest, events: ProgramEvents): Promise<RunningProgram> {
  const { launcher } = request;
  if (!launcher) return LaunchedProgram.start(request, events);
  try {
    return await HeldProgram.start(request, launcher, events);
  } catch (cause) {
    throw notStarted(request.command, request.cwd, cause);
  }
}

/** A program that is a child of ours. Its output goes through files, which nothing bounds once we are gone. */
export class LaunchedProgram implements RunningProgram {
  readonly pid: number;
  readonly armed = false;
  readonly traced = false;
  ended: ProgramEnd | null = null;
  private readonly child: ChildProcess;
  private readonly files: readonly OutputCapture[];

  private constructor(
    child: ChildProcess,
    pid: number,
    files: readonly OutputCapture[],
    events: ProgramEvents,
  ) {
    this.child = child;
    this.pid = pid;
    this.files = files;
    child.once('exit', (code, signal) => {
      for (const file of this.files) file.close();
      this.ended = programEnd(code, signal);
      events.end(this.ended);
    });
    child.unref();
  }

  static async start(
    { command, args, cwd, env, inherit = [] }: LaunchRequest,
    events: ProgramEvents,
  ): Promise<LaunchedProgram> {
    const files = [
      new OutputCapture((text) => events.output('stdout', text)),
      new OutputCapture((text) => events.output('stderr', text)),
    ];
    try {
      const child = spawn(command, args, {
        ...(cwd === null ? {} : { cwd }),
        env: { ...process.env, ...env },
        // A separate session: signals to ours (Ctrl+C, a closed terminal) do not reach it.
        detached: true,
        stdio: ['ignore', ...files.map((file) => file.writeEnd), ...inherit],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      for (const file of files) file.programHasIt();
      // `spawn` was emitted, so there is a pid.
      return new LaunchedProgram(child, Number(child.pid), files, events);
    } catch (cause) {
      for (const file of files) file.close();
      throw notStarted(command, cwd, cause);
    }
  }

  go(): void {
    // It runs.
  }

  untraced(): Promise<void> {
    return Promise.resolve();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Stops listening; the program continues. */
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
