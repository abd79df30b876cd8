import koffi from 'koffi';

/** Stores and loads at addresses of our own process, by the processor and not by a system call. */
export function store(address: number, value: number): void {
  koffi.encode(BigInt(address), 'uint8', value);
}

export function load(address: number): number {
  return koffi.decode(BigInt(address), 'uint8') as number;
}

/** The 64-bit word at `address`, as far as a number holds it. */
export function loadWord(address: number): number {
  return Number(koffi.decode(BigInt(address), 'uint64'));
}
