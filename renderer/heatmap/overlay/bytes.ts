import { formatPage, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { findVma } from '#shared/memory/vma.ts';
import { columnWidth } from '../geometry/camera.ts';
import type { Rect } from '../geometry/hit-test.ts';
import { rectOf } from '../geometry/hit-test.ts';
import { scaleOf } from '../geometry/band-layout.ts';
import type { OverlayScene } from './scene.ts';
import { CHANGED_FOR, type PageContent } from './page-bytes.ts';

/** Bytes across and down a page. */
const SIDE = 64;
/** A page this wide opens: each byte is a grey dot; from HEX_FROM on a cell's width, two digits. */
export const BYTES_FROM = 256;
const HEX_FROM = 15;
/** The page's colour stays as a frame around its bytes. */
const FRAME = 3;
const HEAD = 16;
/** Advance of a letter of the monospaced face, in its size. */
const ADVANCE = 0.6;

/** The pages in view while they are open; none while pages are smaller. */
export function openPages({
  layout,
  camera,
  view,
}: Pick<OverlayScene, 'layout' | 'camera' | 'view'>): number[] {
  const width = columnWidth(camera.row, view);
  if (width < BYTES_FROM) return [];
  const scale = scaleOf(camera.row);
  const first = Math.max(0, Math.floor(camera.x / width));
  const end = Math.min(PAGES_PER_TILE, Math.ceil((camera.x + view.width) / width));
  const pages: number[] = [];
  for (let s = Math.max(0, layout.segmentAt(camera.y, scale)); s < layout.segments.length; s++) {
    const segment = layout.segments[s];
    if (!segment) break;
    const top = layout.top(segment, scale) - camera.y;
    if (top >= view.height) break;
    for (let row = Math.max(0, Math.floor(-top / scale.row)); row < segment.rows; row++) {
      if (top + row * scale.row >= view.height) break;
      for (let column = first; column < end; column++) {
        const page = (segment.firstTile + row) * PAGES_PER_TILE + column;
        if (findVma(layout.vmas, page) >= 0) pages.push(page);
      }
    }
  }
  return pages;
}

/**
 * Pages opened to their bytes, 64 a line.
 * @param contents null: the source has no contents  @param now performance.now()
 */
export function drawBytes(
  scene: OverlayScene,
  pages: readonly number[],
  contents: { get(page: number): PageContent | null } | null,
  now: number,
): void {
  for (const page of pages) {
    const rect = rectOf(scene.layout, scene.camera, scene.view, page);
    if (rect) drawPage(scene, page, rect, contents && contents.get(page), contents !== null, now);
  }
}

function drawPage(
  scene: OverlayScene,
  page: number,
  rect: Rect,
  content: PageContent | null,
  has: boolean,
  now: number,
): void {
  const { context, colours } = scene;
  const head = rect.height >= 120 ? HEAD : 0;
  const box = {
    x: rect.x + FRAME,
    y: rect.y + FRAME + head,
    width: rect.width - 2 * FRAME - 1,
    height: rect.height - 2 * FRAME - 1 - head,
  };
  context.fillStyle = colours.background;
  context.fillRect(box.x, box.y - head, box.width, box.height + head);
  context.textAlign = 'left';
  // Labels stay in view while their page is partly out of it.
  const left = Math.min(Math.max(box.x, 0), box.x + box.width - 120) + 4;
  if (head > 0) {
    context.font = `11px ${colours.mono}`;
    context.fillStyle = colours.dim;
    context.fillText(formatPage(page), left, box.y - 4);
  }
  if (content?.bytes) {
    if (box.width / SIDE >= HEX_FROM) drawHex(scene, box, content, content.bytes, now);
    else drawShades(scene, box, content, content.bytes, now);
    if (content.bytes.some((byte) => byte !== 0) || box.width / SIDE >= HEX_FROM) return;
  }
  context.font = `11px ${colours.sans}`;
  context.fillStyle = colours.faint;
  const words = !has
    ? 'no contents: this source has none'
    : content
      ? content.bytes
        ? 'all bytes are zero'
        : 'not readable, or nothing there yet'
      : 'reading …';
  context.fillText(words, left, Math.min(Math.max(box.y, 0), box.y + box.height - 20) + 14);
}

/** Digits line by line, zeros faint; bytes that changed lately have a background. */
function drawHex(scene: OverlayScene, box: Rect, content: PageContent, bytes: Uint8Array, now: number): void {
  const { context, colours, view } = scene;
  const [width, height] = [box.width / SIDE, box.height / SIDE];
  const size = Math.min(width / (3 * ADVANCE), height * 0.85);
  const pitch = width / (3 * ADVANCE) === size ? 1 : 0;
  context.font = `${size.toFixed(2)}px ${colours.mono}`;
  for (let line = 0; line < SIDE; line++) {
    const y = box.y + line * height;
    if (y + height < 0 || y > view.height) continue;
    const baseline = y + height / 2 + size * 0.35;
    let zeros = '';
    let others = '';
    for (let i = 0; i < SIDE; i++) {
      const at = line * SIDE + i;
      const byte = bytes[at] ?? 0;
      const text = byte.toString(16).padStart(2, '0');
      const fresh = isFresh(content, at, now);
      if (fresh) {
        context.fillStyle = colours.accent;
        context.fillRect(box.x + i * width, y, width - 1, height - 1);
        context.fillStyle = colours.background;
        context.fillText(text, box.x + (i + 0.16) * width, baseline);
      }
      const plain = fresh ? '  ' : text;
      if (pitch === 1) {
        zeros += `${byte === 0 ? plain : '  '} `;
        others += `${byte === 0 ? '  ' : plain} `;
      } else if (!fresh) {
        context.fillStyle = byte === 0 ? colours.faint : colours.text;
        context.fillText(text, box.x + (i + 0.16) * width, baseline);
      }
    }
    if (pitch === 0) continue;
    context.fillStyle = colours.faint;
    context.fillText(zeros, box.x + 0.16 * width, baseline);
    context.fillStyle = colours.text;
    context.fillText(others, box.x + 0.16 * width, baseline);
  }
}

/** A dot per byte, stronger for greater values; runs of equal bytes are one shape, zeros are not drawn. */
function drawShades(
  scene: OverlayScene,
  box: Rect,
  content: PageContent,
  bytes: Uint8Array,
  now: number,
): void {
  const { context, colours, view } = scene;
  const [width, height] = [box.width / SIDE, box.height / SIDE];
  for (let line = 0; line < SIDE; line++) {
    const y = box.y + line * height;
    if (y + height < 0 || y > view.height) continue;
    for (let i = 0; i < SIDE;) {
      const shade = shadeOf(content, bytes, line * SIDE + i, now);
      let end = i + 1;
      while (end < SIDE && shadeOf(content, bytes, line * SIDE + end, now) === shade) end++;
      if (shade > 0) {
        context.fillStyle = shade > SHADES ? colours.accent : (colours.shades[shade - 1] ?? colours.text);
        context.fillRect(box.x + i * width, y, (end - i) * width, height);
      }
      i = end;
    }
  }
}

/** Steps of grey between zero and 255. */
export const SHADES = 4;

/** 0: zero; 1 … SHADES: greater; above: changed lately. */
function shadeOf(content: PageContent, bytes: Uint8Array, at: number, now: number): number {
  if (isFresh(content, at, now)) return SHADES + 1;
  const byte = bytes[at] ?? 0;
  return byte === 0 ? 0 : 1 + Math.floor((byte * SHADES) / 256);
}

function isFresh({ changedAt }: PageContent, at: number, now: number): boolean {
  const changed = changedAt[at] ?? 0;
  return changed > 0 && now - changed < CHANGED_FOR;
}
