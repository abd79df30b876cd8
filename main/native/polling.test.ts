import { afterEach, expect, it, vi } from 'vitest';
import { pollSteadily } from './polling.ts';

afterEach(() => vi.useRealTimers());

it('polls every 10 ms, or every nth time, until stopped; a poll may stop itself and others', () => {
  vi.useFakeTimers();
  const seen: string[] = [];
  const stopRare = pollSteadily(() => seen.push('rare'), 5);
  const stopBoth = pollSteadily(() => {
    seen.push('both');
    if (seen.filter((one) => one === 'both').length < 12) return;
    stopBoth();
    stopRare();
  });
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(100);
  expect(seen.filter((one) => one === 'both')).toHaveLength(10);
  expect(seen.filter((one) => one === 'rare')).toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(seen.filter((one) => one === 'both')).toHaveLength(12);
  expect(seen.filter((one) => one === 'rare')).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
  const stop = pollSteadily(() => seen.push('again'));
  vi.advanceTimersByTime(10);
  stop();
  expect(seen.at(-1)).toBe('again');
  expect(vi.getTimerCount()).toBe(0);
});
