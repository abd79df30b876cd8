import { useSyncExternalStore } from 'react';
import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { columnWidth } from '../../heatmap/camera.ts';
import { useMap } from '../../heatmap/context.ts';
import { formatBytes } from '../../ui/format.ts';

const TICK_ROOM = 64;

/** Offsets within a row, above the map. */
export function Ruler({ gutter }: { readonly gutter: number }) {
  const map = useMap();
  const key = useSyncExternalStore(
    (changed) => map.onCamera(changed),
    () => `${columnWidth(map.camera.row, map.view)} ${map.camera.x} ${map.view.width}`,
  );
  const [column = 1, x = 0, width = 0] = key.split(' ').map(Number);
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(TICK_ROOM / column)));
  const ticks: number[] = [];
  if (width > 0) {
    const first = Math.floor(x / column / step) * step;
    for (let at = first; at < PAGES_PER_TILE && at * column - x < width; at += step) ticks.push(at);
  }
  return (
    <div className="ruler" aria-hidden>
      <span className="ruler__title">{gutter > 140 ? '2 MiB a row' : ''}</span>
      <div className="ruler__ticks" style={{ left: gutter }}>
        {ticks.map((at) => (
          <span key={at} className="ruler__tick" style={{ left: at * column - x }}>
            {at === 0 ? '+0' : `+${formatBytes(at * PAGE_SIZE)}`}
          </span>
        ))}
      </div>
    </div>
  );
}
