/** What each defect of the posted code (PATCH v2) does: a note beside an operation that shows it. */
const DEFECTS: Readonly<Record<string, string>> = {
  B1: 'the loop over entries ignores vec_len: more pages are returned than vec has places, and the buffer is overrun',
  B2: 'vec was full at the end of a VMA: the call fails with EPERM, its result is lost and bits are cleared already',
  B3: 'len is not a multiple of the page size: the walk does not find its end and runs off the page table',
  B4: 'GET_AND_CLEAR with a short vec in a dirty VMA across a PMD border: the loop does not end',
  B5: 'each VMA is cut at the whole vec_len, not at what is left of it: the flag is cleared for pages never reported',
  B6: 'GET_AND_CLEAR with NO_REUSED_REGIONS and a short vec clears the whole range',
  B7: 'only dirty entries are write-protected: a writable clean entry stays writable and its later writes are missed',
  B8: 'unknown flags are accepted',
  B9: 'int, loff_t and void * in the interface: signs and 32-bit layouts are wrong',
  B10: 'an unstable PMD entry is skipped silently',
  B11: 'a result that cannot be copied out is lost although the bits are cleared',
  B12: 'a huge page of shared memory is zapped when it is split, and its soft-dirty bits are lost',
};

/** `Defect B1: …`. */
export function describeDefect(id: string): string {
  return `Defect ${id}: ${DEFECTS[id] ?? 'not described'}.`;
}
