import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../stores/operations-store.ts';
import { outcomeText } from './source.ts';

const entry = (change: Partial<LogEntry>): LogEntry => ({
  id: 1,
  at: new Date(0),
  what: 'GET',
  request: null,
  typed: null,
  result: null,
  error: null,
  ...change,
});
const rest = { durationNs: 1, notes: [] };

describe('what came of an operation, in passing', () => {
  it.each([
    [entry({ result: { ok: true, ret: 1, runs: new Float64Array(), next: null, ...rest } }), 'GET: 1 page'],
    [
      entry({ result: { ok: false, errno: 'EINVAL', message: 'start is not at a page.', ...rest } }),
      'GET: EINVAL, start is not at a page.',
    ],
    [entry({ error: { kind: 'program-ended', message: 'It ended.', remedy: '' } }), 'GET: It ended.'],
    [entry({}), 'GET is running'],
  ])('%#', (log, words) => {
    expect(outcomeText(log)).toBe(words);
  });
});
