/** Interval of looks, in milliseconds. */
const PERIOD_MS = 10;

const looks = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `look` every 10 ms, or every `every` such times, until the function that is returned is called. All looks are done by one
 * timer: waking up costs more than most of them. Keeps no process alive.
 */
export function lookSteadily(look: () => void, every = 1): () => void {
  let round = 0;
  const own = (): void => {
    if (++round % every === 0) look();
  };
  looks.add(own);
  timer ??= setInterval(() => {
    for (const each of looks) each();
  }, PERIOD_MS).unref();
  return () => {
    looks.delete(own);
    if (looks.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
