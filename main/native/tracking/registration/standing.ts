import type { Vma } from '#shared/memory/vma.ts';

/**
 * How a mapping stands with this attach:
 *
 * - `ours`: registered by it; only such memory is ever armed
 * - `foreign`: registered with a userfaultfd that is not ours: never armed, never scanned with write-protection
 * - `refused`: the kernel does not register it
 */
export type StandingKind = 'ours' | 'foreign' | 'refused';

export interface Standing {
  readonly kind: StandingKind;
}

/** What is decided of one line of maps. */
export interface Admission extends Pick<Vma, 'tracked' | 'untracked'> {
  readonly standing: Standing;
}
