/** How a process ended, in words. */
import { constants } from 'node:os';

/** Chromium's reasons for the end of a process as clauses; those missing are described by the exit code. */
const REASONS: Readonly<Record<string, string>> = {
  oom: 'it ran out of memory',
  'launch-failed': 'it could not be started',
  'integrity-failure': "its program's files are damaged",
  'fatal-error': 'its JavaScript engine failed, usually because it ran out of memory',
  'memory-eviction': 'the system needed its memory',
};

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/**
 * @param code what Electron reports: the exit code, or on POSIX waitpid's status, where the low 7 bits hold the signal
 * @param reason Chromium's reason, or `fatal-error` (V8's), if it is known
 * @returns a clause such as "it was ended by SIGKILL" or "it ended with exit code 1"
 */
export function exitText(code: number, reason?: string): string {
  const clause = reason === undefined ? undefined : REASONS[reason];
  if (clause !== undefined) return clause;
  const signal = reason === 'killed' || reason === 'crashed' ? signalName(code & 0x7f) : undefined;
  if (signal !== undefined) return `it was ended by ${signal}`;
  return `it ended with exit code ${code}`;
}

/** `exitText` as a complete sentence. */
export function exitSentence(code: number, reason?: string): string {
  const words = exitText(code, reason);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
