import type { Vma } from '#shared/memory/vma.ts';

/**
 * How a mapping is registered by this attach:
 *
 * - `ours`: registered by it; only such memory is ever armed
 * - `cut`: registered by it but for the page at its growing end: maps is to be read again
 * - `foreign`: registered with a userfaultfd that is not ours: never armed, never scanned with write-protection
 * - `empty`: not registered since it has no page yet
 * - `inaccessible`: has pages but no rights, so that nothing can be written to it as it is: not registered, compared
 * - `young`: not registered yet, compared by content
 * - `edge`: the page at the growing end of a mapping, never registered so that what is added merges with it; compared
 * - `surplus`: not registered since that would add more VMAs than may be added; compared as far as the budget allows
 * - `huge`: not registered so that its huge pages stay whole; compared, as was selected
 * - `refused`: the kernel does not register it
 */
export type RegistrationKind =
  | 'ours'
  | 'cut'
  | 'foreign'
  | 'empty'
  | 'inaccessible'
  | 'young'
  | 'edge'
  | 'surplus'
  | 'huge'
  | 'refused';

export interface RegistrationState {
  readonly kind: RegistrationKind;
  /** When the mapping was seen first, in milliseconds of performance.now(). */
  readonly born: number;
}

/** What is decided of one line of maps. */
export interface Admission extends Pick<Vma, 'tracked' | 'untracked' | 'tracking' | 'reason'> {
  readonly registration: RegistrationState;
}

/** Whether the contents of a mapping of this kind are compared. */
export const isCompared = (kind: RegistrationKind | undefined) =>
  kind === 'young' || kind === 'inaccessible' || kind === 'edge' || kind === 'surplus' || kind === 'huge';
