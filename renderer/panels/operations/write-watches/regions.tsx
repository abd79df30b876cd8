import { Eye, X } from 'lucide-react';
import { useMap } from '../../../heatmap/view/context.ts';
import { useModel, useSelection, useSession, useWriteWatches } from '../../../model/context.ts';
import { livenessOf } from '../../../stores/liveness.ts';
import { selectRange } from '../../../stores/selection-store.ts';
import { watchFormOf } from '../../../stores/watch-form.ts';
import { Address } from '../../../ui/address.tsx';
import { Button, IconButton } from '../../../ui/button.tsx';
import { formatPages, plural } from '../../../ui/format.ts';

/** The watched regions, as allocations with MEM_WRITE_WATCH, and what can be done with each. */
export function Regions() {
  const { writeWatches, selection } = useModel();
  const map = useMap();
  const regions = useWriteWatches((store) => store.state.regions);
  const used = useWriteWatches((store) => store.state.use);
  const range = useSelection((store) => store.range);
  const isLive = useSession(({ host, state }) => livenessOf(host, state) === 'live');
  return (
    <section className="watches__part" aria-label="Watched regions">
      <div className="watches__head">
        <h3>Watched regions</h3>
        <Button
          icon={Eye}
          isDisabled={!isLive || range === null}
          onPress={() => range && void writeWatches.watch(range)}
        >
          Watch selection
        </Button>
      </div>
      {regions.length === 0 && (
        <p className="faint">
          None. Select pages on the map or a mapping in the table, and watch them as if they were allocated
          with <span className="mono">MEM_WRITE_WATCH</span>.
        </p>
      )}
      <ul className="watches__regions">
        {regions.map(({ start, pages, kept }) => (
          <li key={start} className="watches__region">
            <button
              type="button"
              className="row-button watches__place"
              onClick={() => {
                const region = { start, end: start + pages };
                selectRange(selection, region);
                map.camera.reveal(start);
                writeWatches.edit(watchFormOf(region));
              }}
            >
              <Address page={start} />
              <span className="num">{formatPages(pages)}</span>
              {kept > 0 && (
                <span className="faint num" title="Written, and cleared by samples or decommitted since">
                  {plural(kept, 'page')} kept
                </span>
              )}
            </button>
            {used?.start === start ? (
              <Button kind="quiet" onPress={() => void writeWatches.stopUse()}>
                Stop use
              </Button>
            ) : (
              <Button
                kind="quiet"
                isDisabled={!isLive}
                onPress={() => void writeWatches.use('texture-cache', start)}
              >
                Use as cache
              </Button>
            )}
            <IconButton label="Stop watching" icon={X} onPress={() => void writeWatches.unwatch(start)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
