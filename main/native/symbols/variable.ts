import { InspectorError } from '#shared/contract/errors.ts';
import type { DataSymbol } from './data-symbols.ts';
import type { Symbols } from './symbols.ts';

/** The variable that is called `name` in process `pid`. Throws InspectorError with the reason if there is none. */
export function findVariable(symbols: Symbols, pid: number, name: string): DataSymbol {
  const found = symbols.data(name);
  if (found !== null) return found;
  throw (
    threadLocal(symbols, name) ??
    new InspectorError(
      'bad-request',
      `No file that process ${pid} has loaded has a variable ${JSON.stringify(name)}.`,
      symbols.limitation ?? 'Static variables and those of stripped files need debug symbols.',
    )
  );
}

/** Why `name` has no address of its own; null if it is no thread-local variable. */
export function threadLocal(symbols: Symbols, name: string): InspectorError | null {
  if (!symbols.isThreadLocal(name)) return null;
  return new InspectorError(
    'unsupported',
    `${JSON.stringify(name)} is a thread-local variable: each thread has its own, at another address.`,
    'Use the address of one of them, as "print &NAME" of gdb shows it in a thread.',
  );
}
