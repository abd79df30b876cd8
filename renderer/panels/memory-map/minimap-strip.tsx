import { type PointerEvent, useEffect, useRef } from 'react';
import { useMap } from '../../heatmap/context.ts';
import { Minimap } from '../../heatmap/minimap.ts';
import { useInspector } from '../../session/context.ts';

/** Shown beside maps of at least this width, in CSS pixels. */
export const MINIMAP_FROM = 420;

/** The whole space beside the map: a click or a drag looks there. Keys and screen readers have the map itself. */
export function MinimapStrip() {
  const inspector = useInspector();
  const map = useMap();
  const strip = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const minimap = useRef<Minimap | null>(null);

  useEffect(() => {
    const element = strip.current;
    if (!element || !canvas.current) return;
    const place = (): void => {
      const box = minimap.current?.viewport();
      if (!box || !frame.current) return;
      const { style } = frame.current;
      style.top = `${Math.floor(box.y)}px`;
      style.height = `${Math.max(4, Math.ceil(box.height))}px`;
      style.left = `${Math.floor(box.x)}px`;
      style.width = `${Math.max(4, Math.ceil(box.width))}px`;
    };
    const make = (): void => {
      minimap.current?.dispose();
      const { clientWidth: width, clientHeight: height } = element;
      if (!canvas.current || width === 0 || height === 0) return;
      const ratio = window.devicePixelRatio;
      minimap.current = new Minimap(map, inspector, canvas.current, { width, height }, ratio);
      place();
    };
    const observer = new ResizeObserver(make);
    observer.observe(element);
    make();
    const stop = map.onCamera(place);
    return () => {
      stop();
      observer.disconnect();
      minimap.current?.dispose();
      minimap.current = null;
    };
  }, [map, inspector]);

  const look = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    minimap.current?.lookAt(event.clientY - event.currentTarget.getBoundingClientRect().top);
  };
  return (
    <div
      ref={strip}
      className="minimap"
      data-testid="minimap"
      aria-hidden
      onPointerDown={look}
      onPointerMove={look}
    >
      <canvas ref={canvas} className="minimap__pages" />
      <div ref={frame} className="minimap__view" />
    </div>
  );
}
