import { hasPattern, NOTHING, PATTERN_LINES, patterned, seenBit, surfaceOf } from '../paint/styles.ts';
import { Raster } from '../paint/raster/raster.ts';
import { RowFlag } from '../rows/row-batch.ts';
import { type Scene } from '../paint/scene.ts';

/** A rectangle that grows downwards while the rows below have the same run. */
interface Run {
  readonly x: number;
  y: number;
  readonly width: number;
  height: number;
}

/**
 * The map's pages as SVG, in device pixels from its top left corner: runs of alike pages are one rectangle, alike rows below
 * each other as well, and all rectangles of one style are one path. Patterns are patterns.
 * @returns definitions, and the elements that use them
 */
export function svgPages(scene: Scene): { readonly defs: string; readonly body: string } {
  const paths = new Map<string, string[]>();
  const patterns = new Map<string, string>();
  const fillOf = (style: number, flags: number): string => {
    if (!hasPattern(seenBit(style), flags)) return colour(scene, style);
    const id = `look-${style}-${flags & RowFlag.Untracked}`;
    if (!patterns.has(id)) patterns.set(id, pattern(scene, id, style, flags));
    return `url(#${id})`;
  };
  let open = new Map<string, Run>();
  let bottom = -1;
  const close = (key: string, { x, y, width, height }: Run): void => {
    const fill = key.slice(0, key.indexOf(' '));
    const path = paths.get(fill) ?? [];
    path.push(`M${x} ${y}h${width}v${height}h${-width}z`);
    paths.set(fill, path);
  };
  const closeAll = (): void => {
    open.forEach((run, key) => close(key, run));
    open = new Map();
  };
  new Raster(scene.width, scene.height, new Uint32Array(0), new Uint32Array(0)).stylesOf(
    scene,
    (y, height, styles, flags) => {
      if (y !== bottom) closeAll();
      bottom = y + height;
      const next = new Map<string, Run>();
      for (let x = 0; x < scene.width;) {
        const style = styles[x] ?? NOTHING;
        let end = x + 1;
        while (end < scene.width && styles[end] === style && flags[end] === flags[x]) end++;
        if (style !== NOTHING) {
          const key = `${fillOf(style, flags[x] ?? 0)} ${x} ${end}`;
          const above = open.get(key);
          open.delete(key);
          if (above) above.height += height;
          next.set(key, above ?? { x, y, width: end - x, height });
        }
        x = end;
      }
      open.forEach((run, key) => close(key, run));
      open = next;
    },
  );
  closeAll();
  const body = [...paths].map(([fill, path]) => `<path fill="${fill}" d="${path.join('')}"/>`);
  return { defs: [...patterns.values()].join(''), body: body.join('\n') };
}

function colour({ palette }: Scene, style: number): string {
  const pixel = palette.pixels[style] ?? 0;
  const hex = [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255];
  return `#${hex.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** One repeat of a style's pattern, pixel by pixel as the painters draw it. */
function pattern(scene: Scene, id: string, style: number, flags: number): string {
  const marks = new Map<number, string>();
  const surface = surfaceOf(style);
  for (let y = 0; y < PATTERN_LINES; y++) {
    for (let x = 0; x < PATTERN_LINES; x++) {
      const mark = patterned(style, x, (y + scene.above) % PATTERN_LINES, flags);
      if (mark !== surface) marks.set(mark, `${marks.get(mark) ?? ''}M${x} ${y}h1v1h-1z`);
    }
  }
  const size = `width="${PATTERN_LINES}" height="${PATTERN_LINES}"`;
  const drawn = [...marks]
    .map(([mark, path]) => `<path fill="${colour(scene, mark)}" d="${path}"/>`)
    .join('');
  return `<pattern id="${id}" patternUnits="userSpaceOnUse" ${size}><rect ${size} fill="${colour(scene, surface)}"/>${drawn}</pattern>`;
}
