import { expect } from 'vitest';
import { runProgram } from '../program.ts';

/** Runs a command in this process: its exit code, and what it prints to both streams. */
export async function runHere(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const output = { out: (text: string) => void (out += text), error: (text: string) => void (error += text) };
  return { code: await runProgram(words, output), out, error };
}

/** What a command prints, run in this process; it must succeed and report nothing on the error stream. */
export async function printedHere(...words: string[]): Promise<string> {
  const { out, ...result } = await runHere(...words);
  expect(result).toEqual({ code: 0, error: '' });
  return out;
}
