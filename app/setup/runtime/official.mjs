import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../paths.mjs';

/** Timeouts for the first byte and later ones, in milliseconds: a missing network must be detected soon. */
const patience = { first: 6_000, later: 30_000 };

const electronFolder = join(root, 'node_modules', 'electron');

/** @returns {string} the version that ships */
export function officialVersion() {
  return JSON.parse(readFileSync(join(electronFolder, 'package.json'), 'utf8')).version;
}

/**
 * Fetches the official runtime the way the electron package does: its downloader, its checksums, its extractor; so mirrors
 * and caches that are configured for it are used.
 * @param {string} folder an empty folder
 * @param {(detail: string) => void} report
 * @param {typeof patience} [wait]
 */
export async function makeOfficial(folder, report, wait = patience) {
  const require = createRequire(join(electronFolder, 'install.js'));
  const load = async (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
  const { downloadArtifact } = await load('@electron/get');
  const { extract } = await load('@electron-internal/extract-zip');

  const stop = new AbortController();
  const give = (/** @type {number} */ time) =>
    setTimeout(() => stop.abort(new Error('no answer in time')), time);
  let timer = give(wait.first);
  const version = officialVersion();
  const cache = process.env['electron_config_cache'];
  report(`looking for ${version}`);
  try {
    const archive = await downloadArtifact({
      version,
      artifactName: 'electron',
      platform: process.platform,
      arch: process.arch,
      ...(cache && { cacheRoot: cache }),
      checksums: JSON.parse(readFileSync(join(electronFolder, 'checksums.json'), 'utf8')),
      downloadOptions: {
        quiet: true,
        signal: stop.signal,
        getProgressCallback: async (/** @type {{ percent: number }} */ { percent }) => {
          clearTimeout(timer);
          if (percent < 1) timer = give(wait.later);
          report(`${Math.round(percent * 100)} %`);
        },
      },
    });
    clearTimeout(timer);
    report('unpacking');
    await extract(archive, { dir: folder });
  } finally {
    clearTimeout(timer);
  }
}
