import type { MapStill } from './map-still.ts';
import { Raster } from '../paint/raster/raster.ts';
import { captionOf, drawSheet, layOut } from './sheet.ts';
import { escapeXml, num, SvgPen } from './svg-pen.ts';
import { svgPages } from './svg-pages.ts';

/** The map with caption and legend as a PNG, in the screen's own resolution. */
export async function renderMapPng(still: MapStill): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('No Canvas 2D to draw the picture on');
  const sheet = layOut(still, context);
  const { ratio, scene } = still;
  canvas.width = Math.round(sheet.width * ratio);
  canvas.height = Math.round(sheet.height * ratio);
  context.scale(ratio, ratio);
  drawSheet(context, still, sheet, () => {
    const image = new ImageData(scene.width, scene.height);
    const pixels = new Uint32Array(image.data.buffer);
    const raster = new Raster(scene.width, scene.height, new Uint32Array(pixels.length), pixels);
    // The first picture is painted into the spare one.
    raster.paint(scene);
    const left = Math.round((sheet.map.x + still.gutter) * ratio);
    context.putImageData(image, left, Math.round(sheet.map.y * ratio));
  });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('The picture could not be written as PNG.'));
    }, 'image/png');
  });
}

/** The map as SVG: pages as rectangles, alike ones merged, labels as text. */
export function renderMapSvg(still: MapStill): string {
  const context = document.createElement('canvas').getContext('2d');
  return svgOf(still, (text, font) => {
    // Without a canvas (in tests) a letter is about half as wide as high.
    if (!context) return text.length * 6;
    context.font = font;
    return context.measureText(text).width;
  });
}

/** @param measure width of a text in a font of CSS, in CSS pixels */
export function svgOf(still: MapStill, measure: (text: string, font: string) => number): string {
  const pen = new SvgPen(measure);
  const sheet = layOut(still, pen);
  const pages = svgPages(still.scene);
  drawSheet(pen, still, sheet, () => {
    const at = `translate(${num(sheet.map.x + still.gutter)} ${num(sheet.map.y)}) scale(${num(1 / still.ratio)})`;
    pen.parts.push(`<g transform="${at}" shape-rendering="crispEdges">\n${pages.body}\n</g>`);
  });
  const [width, height] = [num(sheet.width), num(sheet.height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(captionOf(still).join('. '))}</title>`,
    `<defs>${pages.defs}</defs>`,
    ...pen.parts,
    '</svg>\n',
  ].join('\n');
}
