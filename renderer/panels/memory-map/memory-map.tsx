import { useEffect, useRef, useState } from 'react';
import { useMap } from '../../heatmap/view/context.ts';
import { gutterWidth } from '../../heatmap/overlay/gutter.ts';
import { useModel, useSelection, useSession, useView } from '../../model/context.ts';
import { GridMirror } from './grid-mirror.tsx';
import { JumpField } from './jump-field.tsx';
import { Legend } from './legend.tsx';
import { mapKey } from './map-keys.ts';
import { MapPointer } from './map-pointer.ts';
import { MINIMAP_FROM, MinimapStrip } from './minimap-strip.tsx';
import { Readout } from './readout.tsx';
import { Ruler } from './ruler.tsx';
import './memory-map.css';

/** The address map: canvases that MapView paints, the pointer and the keys on them, ruler, readout, legend. */
export function MemoryMap() {
  const model = useModel();
  const map = useMap();
  const hasCursor = useSelection((state) => state.cursor !== null);
  const area = useRef<HTMLDivElement>(null);
  const pages = useRef<HTMLDivElement>(null);
  const gl = useRef<HTMLCanvasElement>(null);
  const soft = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const layout = useView((state) => state.layout);
  const [wide, setWide] = useState(true);
  const [gutter, setGutter] = useState(gutterWidth(1000));

  useEffect(() => {
    if (!area.current || !pages.current || !gl.current || !soft.current || !overlay.current) return;
    const element = area.current;
    const detach = map.attach({ gl: gl.current, soft: soft.current, overlay: overlay.current });
    const unmount = map.mount({
      boxes: [pages.current, overlay.current],
      target: element,
      pointer: new MapPointer(element, map, model),
      onResize: ([, whole]) => {
        if (!whole) return;
        setGutter(gutterWidth(whole.width));
        setWide((element.parentElement?.clientWidth ?? 0) >= MINIMAP_FROM);
      },
    });
    return () => {
      unmount();
      detach();
    };
  }, [map, model]);

  return (
    <section className="map" aria-label="Address map" tabIndex={-1}>
      <Ruler gutter={gutter} />
      <div className="map__middle">
        <div
          ref={area}
          className="map__area"
          role="grid"
          aria-label="Pages of the address map; a row is 2 MiB"
          aria-colcount={512}
          aria-rowcount={-1}
          aria-multiselectable
          aria-describedby="map-summary"
          {...(hasCursor ? { 'aria-activedescendant': 'map-cursor' } : {})}
          tabIndex={0}
          data-testid="address-map"
          onKeyDown={(event) => mapKey(event, map, model)}
        >
          <div ref={pages} className="map__box" style={{ left: gutter }}>
            <canvas ref={gl} className="map__pages" aria-hidden />
            <canvas ref={soft} className="map__pages" hidden aria-hidden />
          </div>
          <canvas ref={overlay} className="map__overlay" aria-hidden />
          <GridMirror />
          <NoMappings />
        </div>
        {wide && layout === 'bands' && <MinimapStrip />}
        <JumpField />
      </div>
      <Readout />
      <Legend />
    </section>
  );
}

/** Before the first system call of a program that is played step by step. */
function NoMappings() {
  const { frames } = useModel();
  const { sequence } = useSession((session) => session.figures);
  if (sequence < 0 || frames.vmas.length > 0) return null;
  return <p className="map__none empty">No mappings yet.</p>;
}
