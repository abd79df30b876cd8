import { PAGE_SIZE, PAGES_PER_TILE } from '#shared/memory/page.ts';
import { formatBytes, formatPages, plural } from '../../ui/format.ts';
import { type Camera, columnWidth, type Viewport } from '../geometry/camera.ts';
import { BYTES_FROM } from '../overlay/bytes.ts';
import type { PageContent } from '../overlay/page-bytes.ts';

/** How far the map is zoomed in, for those who do not see it. */
export function zoomText(camera: Camera, view: Viewport): string {
  const column = columnWidth(camera.row, view);
  if (camera.row < 1) {
    const rows = Math.max(2, Math.round(1 / camera.row));
    return `zoomed out: a line of the picture joins ${plural(rows, 'row')}, ${formatPages(rows * PAGES_PER_TILE)}`;
  }
  if (column >= BYTES_FROM) return 'pages are open, each shows its bytes';
  const columns = Math.min(PAGES_PER_TILE, Math.max(1, Math.floor(view.width / column)));
  return `${plural(columns, 'page')} of a row are in view`;
}

const FIRST_BYTES = 16;

/** The beginning of an open page's contents; null while pages are not open. */
export function contentText(
  camera: Camera,
  view: Viewport,
  hasBytes: boolean,
  content: PageContent | null,
): string | null {
  if (columnWidth(camera.row, view) < BYTES_FROM) return null;
  if (!hasBytes) return 'no contents: this source has none';
  if (!content) return 'contents are being read';
  if (!content.bytes) return 'contents not readable';
  const zero = content.bytes.every((byte) => byte === 0);
  if (zero) return `all ${formatBytes(PAGE_SIZE)} are zero`;
  const first = [...content.bytes.subarray(0, FIRST_BYTES)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `begins with ${first.join(' ')}`;
}
