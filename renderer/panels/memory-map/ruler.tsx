import { LocateFixed, Spline } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { columnWidth } from '../../heatmap/geometry/camera.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel, useView } from '../../model/context.ts';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { jumpStore } from './jump-store.ts';

const TICK_ROOM = 64;

/** Above the map: offsets within a row, and view options. */
export function Ruler({ gutter }: { readonly gutter: number }) {
  const map = useMap();
  const { view } = useModel();
  const hilbert = useView((state) => state.layout === 'hilbert');
  const key = useSyncExternalStore(
    (changed) => map.camera.onChange(changed),
    () =>
      map.layout.hilbert
        ? ''
        : `${columnWidth(map.camera.current.row, map.camera.view)} ${map.camera.current.x} ${map.camera.view.width}`,
  );
  const [column = 1, x = 0, width = 0] = key === '' ? [] : key.split(' ').map(Number);
  const step = 2 ** Math.max(0, Math.ceil(Math.log2(TICK_ROOM / column)));
  const ticks: number[] = [];
  if (width > 0) {
    const first = Math.floor(x / column / step) * step;
    for (let at = first; at < PAGES_PER_TILE && at * column - x < width; at += step) ticks.push(at);
  }
  return (
    <div className="ruler">
      <span className="ruler__title" aria-hidden>
        {gutter > 140 && key !== '' ? '2 MiB per row' : ''}
      </span>
      <div className="ruler__tools" style={{ width: gutter }}>
        <IconButton
          label="Go to an address or a mapping"
          icon={LocateFixed}
          shortcut="Ctrl+G"
          onPress={() => jumpStore.setState({ open: true })}
        />
        <IconToggle
          label="One mapping along a Hilbert curve"
          icon={Spline}
          shortcut="H"
          isSelected={hilbert}
          onChange={(on) => view.setState({ layout: on ? 'hilbert' : 'bands' })}
        />
      </div>
      <div className="ruler__ticks" style={{ left: gutter }} aria-hidden>
        {ticks.map((at) => (
          <span key={at} className="ruler__tick" style={{ left: at * column - x }}>
            {at === 0 ? '+0' : `+${formatBytes(at * PAGE_SIZE)}`}
          </span>
        ))}
      </div>
    </div>
  );
}
