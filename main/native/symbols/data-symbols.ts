import { lowerBound } from '#shared/memory/lower-bound.ts';

/** A variable of a loaded file. */
export interface DataSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: number;
}

/** Bounds the memory for names. */
const MAX_SYMBOLS = 2_000_000;
const YIELD_EVERY = 256;

/** The data symbols of all loaded files, by address and by name. */
export class DataSymbols {
  private readonly byAddress: readonly DataSymbol[];
  /** The highest end of each symbol and those before it: ascends. */
  private readonly reach: readonly bigint[];
  private readonly demangle: (name: string) => string;
  private byName: Map<string, DataSymbol> | null = null;

  private constructor(symbols: DataSymbol[], demangle: (name: string) => string) {
    this.byAddress = symbols;
    this.demangle = demangle;
    let reach = 0n;
    this.reach = symbols.map(({ address, bytes }) => {
      const end = address + BigInt(bytes);
      return (reach = end > reach ? end : reach);
    });
  }

  /** Yields periodically, so that other work continues. */
  static *of(
    symbols: Iterable<DataSymbol>,
    demangle: (name: string) => string,
  ): Generator<void, DataSymbols> {
    const found: DataSymbol[] = [];
    let seen = 0;
    for (const symbol of symbols) {
      if (symbol.bytes > 0 && found.length < MAX_SYMBOLS) found.push(symbol);
      if (++seen % YIELD_EVERY === 0) yield;
    }
    // If a variable has several names, the first one in the file is shown.
    found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : b.bytes - a.bytes));
    return new DataSymbols(found, demangle);
  }

  /** Those that have a byte in `start` … `end`, by address, with demangled names; of several names of one variable one. */
  within(start: bigint, end: bigint): DataSymbol[] {
    const { byAddress, reach } = this;
    const found: DataSymbol[] = [];
    for (let i = lowerBound(0, reach.length, (j) => reach[j] > start); i < byAddress.length; i++) {
      const symbol = byAddress[i];
      if (symbol.address >= end) break;
      const last = found.at(-1);
      const isAlias = last?.address === symbol.address && last.bytes === symbol.bytes;
      if (symbol.address + BigInt(symbol.bytes) <= start || isAlias) continue;
      found.push({ ...symbol, name: this.demangle(symbol.name) });
    }
    return found;
  }

  /** The symbol called `name`: mangled, demangled, or the last part of a qualified name (`G_WORLD` for `game::G_WORLD`). */
  *named(name: string): Generator<void, DataSymbol | null> {
    this.byName ??= yield* this.names();
    const found = this.byName.get(name);
    return found === undefined ? null : { ...found, name: this.demangle(found.name) };
  }

  private *names(): Generator<void, Map<string, DataSymbol>> {
    const [whole, last] = [new Map<string, DataSymbol>(), new Map<string, DataSymbol>()];
    let seen = 0;
    for (const symbol of this.byAddress) {
      const demangled = this.demangle(symbol.name);
      for (const name of [symbol.name, demangled]) if (!whole.has(name)) whole.set(name, symbol);
      const part = demangled.slice(demangled.lastIndexOf('::') + 2);
      if (demangled.includes('::') && !last.has(part)) last.set(part, symbol);
      if (++seen % YIELD_EVERY === 0) yield;
    }
    for (const [name, symbol] of last) if (!whole.has(name)) whole.set(name, symbol);
    return whole;
  }
}
