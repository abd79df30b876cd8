/** Transposes 32 × 32 bits in place: bit j of word i becomes bit i of word j. After Hacker's Delight, 7-3. */
export function transpose(words: Uint32Array): void {
  let mask = 0x0000ffff;
  for (let step = 16; step !== 0; step >>>= 1, mask ^= mask << step) {
    for (let i = 0; i < 32; i = (i + step + 1) & ~step) {
      const swapped = ((words[i] >>> step) ^ words[i + step]) & mask;
      words[i + step] ^= swapped;
      words[i] ^= swapped << step;
    }
  }
}
