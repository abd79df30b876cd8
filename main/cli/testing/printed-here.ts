import { expect } from 'vitest';
import { runProgram } from '../program.ts';

/** What a command prints, run in this process; it must succeed and report nothing on the error stream. */
export async function printedHere(...words: string[]): Promise<string> {
  let out = '';
  const code = await runProgram(words, { out: (text) => void (out += text), error: expect.unreachable });
  expect(code).toBe(0);
  return out;
}
