import type { HugePolicy } from '#shared/source/backend.ts';
import * as notices from '../../notices.ts';
import type { Admission } from './registration-state.ts';

/** The admission of a mapping that is not registered because of its huge pages. */
export function leftForHugePages(policy: HugePolicy, compares: boolean): Admission {
  if (compares) {
    const registration = { kind: 'huge', born: -Infinity } as const;
    return {
      tracked: true,
      untracked: undefined,
      tracking: 'compared',
      reason: notices.COMPARED.huge,
      registration,
    };
  }
  const untracked =
    policy === 'compare' ? notices.UNTRACKED.hugePagesNotCompared : notices.UNTRACKED.hugePages;
  return { tracked: false, untracked, registration: { kind: 'refused', born: -Infinity } };
}
