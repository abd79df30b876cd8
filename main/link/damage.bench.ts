/** 100,000 damaged messages at each end of a link: none may end the process or make it hang, and memory stays bounded. */
import { loadZstd } from '../recording/zstd.ts';
import { damageEngines, damageWindows } from './testing/damage.ts';

const MESSAGES = 100_000;

await loadZstd();
for (const [name, damage] of [
  ['engine', damageEngines],
  ['window', damageWindows],
] as const) {
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const { messages, refused } = await damage(MESSAGES, Date.now() >>> 0);
  const peak = process.resourceUsage().maxRSS * 1024;
  const seconds = (performance.now() - began) / 1000;
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  console.log(
    `${name}: ${messages} messages in ${seconds.toFixed(1)} s, ${refused} links refused; ` +
      `memory ${mebibytes(before)} MiB before, ${mebibytes(peak)} MiB at most`,
  );
}
process.exit(0);
