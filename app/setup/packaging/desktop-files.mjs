import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../paths.mjs';

const resources = join(root, 'app', 'resources');

/** Where each file of the desktop goes, below `share`. */
const FILES = {
  'soft-dirty-inspector.desktop': 'applications/soft-dirty-inspector.desktop',
  'soft-dirty-inspector-mime.xml': 'mime/packages/soft-dirty-inspector.xml',
  'org.soft_dirty_inspector.app.metainfo.xml': 'metainfo/org.soft_dirty_inspector.app.metainfo.xml',
  'icon.svg': 'icons/hicolor/scalable/apps/soft-dirty-inspector.svg',
};

/** Copies desktop entry, MIME type, metainfo and icons. @param {string} share the tree's `share` folder */
export function copyDesktopFiles(share) {
  const copy = (/** @type {string} */ from, /** @type {string} */ to) => {
    mkdirSync(dirname(join(share, to)), { recursive: true });
    copyFileSync(join(resources, from), join(share, to));
  };
  for (const [from, to] of Object.entries(FILES)) copy(from, to);
  for (const name of readdirSync(join(resources, 'icons'))) {
    const size = name.replace(/\.png$/, '');
    copy(`icons/${name}`, `icons/hicolor/${size}/apps/soft-dirty-inspector.png`);
  }
}
