import { rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes development files that electron-builder packages when it is given an unpacked runtime.
 * @param {{ appOutDir: string }} context
 */
export default function afterPack({ appOutDir }) {
  rmSync(join(appOutDir, 'resources', 'default_app.asar'), { force: true });
  rmSync(join(appOutDir, 'version'), { force: true });
}
