import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { run } from '../run.mjs';
import { writeCliDocuments } from './cli-documents.mjs';
import { copyDesktopFiles } from './desktop-files.mjs';

/** A path without blanks: the setuid sandbox helper is found by it. */
export const INSTALL_FOLDER = '/opt/soft-dirty-inspector';

/** What Electron is linked to; where Debian's next release and Ubuntu renamed one, both names. */
const DEPENDS = [
  'libgtk-3-0t64 | libgtk-3-0',
  'libnss3',
  'libgbm1',
  'libdrm2',
  'libasound2t64 | libasound2',
  'libxss1',
  'libxtst6',
  'libatk-bridge2.0-0t64 | libatk-bridge2.0-0',
  'libatspi2.0-0t64 | libatspi2.0-0',
  'libnotify4',
  'libsecret-1-0',
  'xdg-utils',
];

/** @type {Record<string, string>} Debian's names of Node's architectures */
const DEBIAN_ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/**
 * Builds the Debian package of an unpacked application.
 * @param {{ app: string, work: string, target: string, version: string, description: string, homepage: string }} options
 * `app`: the folder that electron-builder made; `work`: a folder that is created; `target`: the file
 */
export async function buildDeb({ app, work, target, version, description, homepage }) {
  rmSync(work, { recursive: true, force: true });
  const folder = join(work, INSTALL_FOLDER);
  mkdirSync(join(work, 'usr', 'bin'), { recursive: true });
  mkdirSync(join(work, 'DEBIAN'), { recursive: true });
  cpSync(app, folder, { recursive: true });
  // They have their own places here.
  rmSync(join(folder, 'share'), { recursive: true, force: true });
  chmodSync(join(folder, 'chrome-sandbox'), 0o4755);
  symlinkSync(`${INSTALL_FOLDER}/soft-dirty-inspector`, join(work, 'usr/bin/soft-dirty-inspector'));
  writeFileSync(join(work, 'usr/bin/soft-dirty'), commandScript(INSTALL_FOLDER), { mode: 0o755 });
  const share = join(work, 'usr', 'share');
  copyDesktopFiles(share);
  await writeCliDocuments(share, version);
  mkdirSync(join(share, 'doc/soft-dirty-inspector'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(share, 'doc/soft-dirty-inspector/copyright'));
  const policies = join(share, 'polkit-1/actions');
  mkdirSync(policies, { recursive: true });
  cpSync(
    join(root, 'app/resources/packaging/org.soft_dirty_inspector.policy'),
    join(policies, 'org.soft_dirty_inspector.policy'),
  );
  const profile = join(work, 'etc', 'apparmor.d');
  mkdirSync(profile, { recursive: true });
  cpSync(join(root, 'app/resources/packaging/apparmor'), join(profile, 'soft-dirty-inspector'));
  writeFileSync(join(work, 'DEBIAN/conffiles'), '/etc/apparmor.d/soft-dirty-inspector\n');
  for (const script of ['postinst', 'postrm']) {
    const text = readFileSync(join(root, 'app/resources/packaging', script));
    writeFileSync(join(work, 'DEBIAN', script), text, { mode: 0o755 });
  }
  const { output: size } = await run('du', ['-sk', '--apparent-size', work]);
  writeFileSync(
    join(work, 'DEBIAN/control'),
    [
      'Package: soft-dirty-inspector',
      `Version: ${version}`,
      `Architecture: ${DEBIAN_ARCHITECTURES[process.arch] ?? process.arch}`,
      'Maintainer: Soft-Dirty Inspector contributors <soft-dirty-inspector@localhost>',
      `Installed-Size: ${Number.parseInt(size, 10)}`,
      `Depends: ${DEPENDS.join(', ')}`,
      'Recommends: openssh-client, pkexec | policykit-1',
      'Section: devel',
      'Priority: optional',
      `Homepage: ${homepage}`,
      `Description: ${description}`,
      ' It tracks writes with userfaultfd and PAGEMAP_SCAN, and simulates the soft-dirty ioctl',
      ' that was proposed in 2022.',
      '',
    ].join('\n'),
  );
  // xz takes minutes for an application of this size; dpkg 1.21.18 (Debian 12) and later read zstd.
  const { code, output } = await run('dpkg-deb', [
    '--root-owner-group',
    '-Zzstd',
    '-z10',
    '--build',
    work,
    target,
  ]);
  rmSync(work, { recursive: true, force: true });
  if (code !== 0)
    throw new Problem(`dpkg-deb failed: ${output}`, 'Install the package dpkg and run the command again.');
  return statSync(target).size;
}

/** The command line, by the packaged Electron as Node. @param {string} folder */
export function commandScript(folder) {
  return `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec "${folder}/soft-dirty-inspector" "${folder}/resources/app.asar/dist/cli.js" "$@"\n`;
}
