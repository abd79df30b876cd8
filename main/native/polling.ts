/** Interval of polls, in milliseconds. */
const PERIOD_MS = 10;

const polls = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `poll` every 10 ms, or every `every` such times, until the function that is returned is called. All polls are done by one
 * timer: waking up costs more than most of them. Keeps no process alive.
 */
export function pollSteadily(poll: () => void, every = 1): () => void {
  let round = 0;
  const own = (): void => {
    if (++round % every === 0) poll();
  };
  polls.add(own);
  timer ??= setInterval(() => {
    for (const each of polls) each();
  }, PERIOD_MS).unref();
  return () => {
    polls.delete(own);
    if (polls.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
