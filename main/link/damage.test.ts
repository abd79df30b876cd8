import { beforeAll, describe, expect, it } from 'vitest';
import { loadZstd } from '../recording/zstd.ts';
import { damageEngines, damageWindows } from './testing/damage.ts';

/** Messages to each end; `npm run bench -- damage` sends 100,000. */
const MESSAGES = 4000;

beforeAll(loadZstd);

describe('a damaged stream', () => {
  it.each([
    ['engine', damageEngines],
    ['window', damageWindows],
  ])('ends the link or changes nothing at the end of the %s, and takes no memory', async (_, damage) => {
    await damage(200, 1);
    const before = process.memoryUsage();
    const { messages, refused } = await damage(MESSAGES, 2);
    const after = process.memoryUsage();
    expect(messages).toBeGreaterThanOrEqual(MESSAGES);
    // Both outcomes occur.
    expect(refused).toBeGreaterThan(50);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 2 ** 20);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(256 * 2 ** 20);
  });
});
