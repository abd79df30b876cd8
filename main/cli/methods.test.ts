/** `soft-dirty methods` as a separate process. */
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { methodReportSchema, METHODS } from '#shared/methods/methods.ts';
import { claimsOf } from '#shared/methods/costs.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { labPath } from '../methods/lab-program.ts';
import { RunningCli } from './testing/run-cli.ts';

let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
  // Built in advance, as in a package: other users have no access to this user's cache.
  cpSync(labPath(), join(dirname(scripts.path('cli')), 'native', 'methods', 'methods-lab'));
});

const SMALL = ['--size', '4M', '--percent', '1,50', '--threads', '1,2', '--budget', '5'];
const run = (args: readonly string[], ordinaryUser = false) =>
  new RunningCli(scripts.path('cli'), ['methods', ...args], { ordinaryUser }).finished;

describe('soft-dirty methods', () => {
  it('prints what it measured as one JSON object', async () => {
    const { code, out, error } = await run([...SMALL, '--json']);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const report = methodReportSchema.parse(JSON.parse(out));
    expect(report.size).toEqual({ bytes: 2 ** 22, percents: [1, 50], threads: [1, 2], budgetMs: 5 });
    const available = report.methods.filter(({ reason }) => reason === null);
    expect(report.rows).toHaveLength(available.length * 8);
    expect(claimsOf(report).map(({ method }) => method)).toEqual(['mprotect', 'uffd-handler']);
  });

  it('explains each tracking method in its table, with the reason if one does not work', async () => {
    const { code, out } = await run(SMALL);
    expect(code).toBe(0);
    for (const { name, explanation } of Object.values(METHODS))
      expect(out).toContain(`${name}: ${explanation}`);
    const lines = out.split('\n');
    const missing = lines.filter((line) => line.startsWith('no  '));
    expect(lines.filter((line) => line.includes('Not available: '))).toHaveLength(missing.length);
    // Two sizes of pages, two percentages.
    expect(lines.filter((line) => /^mprotect \+ SIGSEGV +\d+ % /.test(line))).toHaveLength(4);
    expect(out).toMatch(/an interval of mprotect \+ SIGSEGV takes [\d.]+ to [\d.]+, median [\d.]+ times/);
  });

  it('works for an ordinary user too', async () => {
    const { code, out } = await run([...SMALL, '--json'], true);
    expect(code).toBe(0);
    const { methods } = methodReportSchema.parse(JSON.parse(out));
    expect(methods.find(({ method }) => method === 'mprotect')).toMatchObject({ reason: null });
  });

  it.each([
    [['--size', '1K'], '--size takes at least'],
    [['--size', '2G'], '--size takes at most 1G'],
    [['--percent', '0'], '--percent takes a whole number from 1 to 100'],
    [['--threads', '1,x'], '--threads takes a whole number from 1 to 64'],
  ])('refuses %j', async (args, message) => {
    const { code, error } = await run(args);
    expect(code).toBe(2);
    expect(error).toContain(message);
  });
});
