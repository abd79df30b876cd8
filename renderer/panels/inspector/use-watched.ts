import { useEffect } from 'react';
import { useModel } from '../../model/context.ts';
import type { PagePart } from '../../controllers/page-inspection.ts';

/** Has the engine asked for `part` of the inspected page for as long as the component is shown. */
export function useWatched(part: PagePart): void {
  const { inspection } = useModel();
  useEffect(() => inspection.watch(part), [inspection, part]);
}
