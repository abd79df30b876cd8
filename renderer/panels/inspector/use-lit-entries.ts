import type { WalkLevel } from '#shared/source/page-walk.ts';
import { useSteps } from '../../model/context.ts';

const NONE: readonly (readonly [number, number])[] = [];

/** Entries of the table of `level` that begins at page `base` which the current sub-step reads or changes. */
export function useLitEntries(level: WalkLevel, base: number): readonly (readonly [number, number])[] {
  const entries = useSteps(({ state }) =>
    state?.current?.touched.entries.find(
      (one) => one.level === level && one.base === base && one.process === state.process,
    ),
  );
  return entries?.runs ?? NONE;
}
