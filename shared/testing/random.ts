/** Test support: pseudo-random numbers that are the same in every run for the same seed. */

/** A linear congruential generator: whole numbers from 0 to 2^32 - 1. */
export function randomWords(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

/** Whole numbers from 0 to `below` - 1. */
export function randomBelow(seed: number): (below: number) => number {
  const next = randomWords(seed);
  return (below) => Math.floor((next() / 2 ** 32) * below);
}
