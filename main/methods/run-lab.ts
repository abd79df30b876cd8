import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { availableParallelism, release } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { InspectorError } from '#shared/contract/errors.ts';
import {
  type LabSize,
  METHOD_IDS,
  type MethodId,
  type MethodProgress,
  type MethodReport,
  type MethodRow,
  type MethodState,
  methodRowSchema,
  methodStateSchema,
} from '#shared/methods/methods.ts';
import { systemReason } from '#shared/system-reason.ts';
import { labPath } from './lab-program.ts';

/**
 * Measures every tracking method, one after the other, each in a separate process. A way that does not work here is in
 * the report with its reason. Rejects with an InspectorError if the program cannot be run or ends early, and with the
 * signal's reason where it is aborted; no process is left then.
 */
export async function runLab(
  size: LabSize,
  onProgress: (progress: MethodProgress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<MethodReport> {
  const path = labPath();
  const began = performance.now();
  const methods: MethodState[] = [];
  const rows: MethodRow[] = [];
  for (const method of METHOD_IDS) {
    signal?.throwIfAborted();
    await runMethod(path, method, size, signal, (progress) => {
      if (progress.kind === 'row') rows.push(progress.row);
      else methods.push(progress.state);
      onProgress(progress);
    });
  }
  return {
    kernel: release(),
    processors: availableParallelism(),
    size,
    methods,
    rows,
    tookMs: performance.now() - began,
  };
}

/** Arguments of methods-lab.c for all cases. */
function casesArguments({ percents, threads }: LabSize): string[] {
  return ['small', 'huge'].flatMap((pages) =>
    percents.flatMap((percent) => threads.map((count) => `${pages}:${percent}:${count}`)),
  );
}

async function runMethod(
  path: string,
  method: MethodId,
  size: LabSize,
  signal: AbortSignal | undefined,
  report: (progress: MethodProgress) => void,
): Promise<void> {
  const words = [method, String(size.bytes), String(size.budgetMs), ...casesArguments(size)];
  const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
  // The program cannot notice that this process ended.
  process.once('exit', stop);
  try {
    const ending = endOf(child);
    for await (const line of createInterface(child.stdout)) report(parseLine(method, line));
    const { code, error } = await ending;
    signal?.throwIfAborted();
    if (code !== 0) throw labFailed(method, error || `exit code ${code}`);
  } finally {
    stop();
    process.off('exit', stop);
    signal?.removeEventListener('abort', stop);
  }
}

function parseLine(method: MethodId, line: string): MethodProgress {
  const value = JSON.parse(line) as Record<string, unknown>;
  if ('reason' in value)
    return { kind: 'method', state: methodStateSchema.parse({ method, reason: value['reason'] }) };
  return { kind: 'row', row: methodRowSchema.parse({ method, ...value }) };
}

/** Resolves when the program ended; rejects if it could not be started. */
function endOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ code: number | string | null; error: string }> {
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  const ended = new Promise<{ code: number | string | null; error: string }>((resolve, reject) => {
    child.once('error', (cause) => reject(labFailed('', systemReason(cause))));
    child.once('close', (code, signal) => resolve({ code: code ?? signal, error: error.trim() }));
  });
  // Awaited only after the last line.
  ended.catch(() => undefined);
  return ended;
}

function labFailed(method: string, why: string): InspectorError {
  return new InspectorError(
    'internal',
    `The program that measures tracking methods failed${method && ` at ${method}`}: ${why}.`,
    'Run it again; with less memory (--size) if there is too little.',
  );
}
