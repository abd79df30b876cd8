/**
 * Seeded numbers for workloads: the generator sfc32 (Chris Doty-Humphrey, PractRand), so that a step is a function of
 * the seed and its number on every machine.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c: number;
  private counter = 1;

  /** @param seed 0 … 2^32 - 1 */
  constructor(seed: number) {
    this.c = seed >>> 0;
    // As in the reference: the first numbers depend on few bits of the seed.
    for (let i = 0; i < 15; i++) this.next();
  }

  /** 0 … 2^32 - 1. */
  next(): number {
    const sum = (this.a + this.b + this.counter) >>> 0;
    this.counter = (this.counter + 1) >>> 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) >>> 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** A whole number from 0 to `count` - 1; 0 if `count` is 0. */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** As `below`, but small numbers are likelier: about half of all in the first 1/2^skew. */
  skewed(count: number, skew: number): number {
    return Math.floor(this.fraction() ** skew * count);
  }
}
