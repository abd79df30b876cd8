import { useMemo } from 'react';
import { useStore } from 'zustand';
import { scopeText, useWriters } from '../../model/writers-scope.ts';
import { useModel, useSession } from '../../model/context.ts';
import { plural } from '../../ui/format.ts';
import { useSize } from '../../ui/use-size.ts';
import { FlameGraph } from './flame-graph.tsx';
import { flameBoxes } from './flame-tree.ts';
import './flame.css';

/** The stacks that wrote to the selected pages, or to all, as a flame graph. */
export function FlameView() {
  const { writers } = useModel();
  const [ref, size] = useSize<HTMLElement>();
  const scope = useWriters();
  const watched = useStore(writers.store, ({ state }) => state.watched);
  const isAble = useSession(({ state }) => state?.source?.capabilities.writers === true);
  const { reply } = scope;
  const boxes = useMemo(() => (reply === null ? [] : flameBoxes(reply)), [reply]);
  return (
    <section ref={ref} className="flames" aria-label="Flame graph">
      <p className="dim">
        {scopeText(scope)}
        {reply !== null && ` · ${plural(reply.writes, 'first write')}`}
      </p>
      {reply !== null && reply.writes === 0 ? (
        <p className="empty">
          {isAble && watched === null
            ? 'No writers found in this time. Watch the selected pages in tab Writers of the inspector.'
            : 'No writers found in this time.'}
        </p>
      ) : (
        <FlameGraph boxes={boxes} width={Math.max(0, (size?.width ?? 0) - 24)} />
      )}
    </section>
  );
}
