import { type PointerEvent, useEffect, useRef } from 'react';
import { useMap } from '../../heatmap/view/context.ts';
import { Minimap } from '../../heatmap/view/minimap.ts';
import { useModel } from '../../model/context.ts';
import { observePixels } from '../../ui/device-pixels.ts';

/** Shown beside maps of at least this width, in CSS pixels. */
export const MINIMAP_FROM = 420;

/**
 * The whole address space in a strip beside the map; a click or drag moves the map there. The keyboard and screen
 * readers use the map itself.
 */
export function MinimapStrip() {
  const model = useModel();
  const map = useMap();
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const minimap = useRef<Minimap | null>(null);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const place = (): void => {
      const box = minimap.current?.viewport();
      if (!box || !frame.current) return;
      const { style } = frame.current;
      style.top = `${Math.floor(box.y)}px`;
      style.height = `${Math.max(4, Math.ceil(box.height))}px`;
      style.left = `${Math.floor(box.x)}px`;
      style.width = `${Math.max(4, Math.ceil(box.width))}px`;
    };
    const unobserve = observePixels([element], (ratio, [view]) => {
      minimap.current?.dispose();
      minimap.current = null;
      if (!view || view.width === 0 || view.height === 0) return;
      minimap.current = new Minimap(map, model, element, view, ratio);
      place();
    });
    const stop = map.camera.onChange(place);
    return () => {
      stop();
      unobserve();
      minimap.current?.dispose();
      minimap.current = null;
    };
  }, [map, model]);

  const centreMap = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    minimap.current?.centreOn(event.clientY - event.currentTarget.getBoundingClientRect().top);
  };
  return (
    <div
      className="minimap"
      data-testid="minimap"
      aria-hidden
      onPointerDown={centreMap}
      onPointerMove={centreMap}
    >
      <canvas ref={canvas} className="minimap__pages" />
      <div ref={frame} className="minimap__view" />
    </div>
  );
}
