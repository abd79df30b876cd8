import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { Problem } from '../problem.mjs';
import { step } from '../progress.mjs';
import { foreground, run } from '../run.mjs';

/** The user that starts the program in the clean root. */
const USER = 'ada';

/**
 * `npm run test:package`: installs the Debian package in a clean root, starts window and command line there as an ordinary user, and
 * purges it. Needs root, debootstrap, and a package in release/.
 * @returns {Promise<number>} the exit code
 */
export async function main() {
  if (process.getuid?.() !== 0)
    throw new Problem('A clean root needs root to be made.', 'Run the command as root.');
  const folder = join(root, 'release');
  const [file] = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.deb')) : [];
  if (file === undefined)
    throw new Problem('There is no Debian package in release/.', 'Run `npm run pack -- deb` first.');
  const place = mkdtempSync(join(tmpdir(), 'clean-root-'));
  chmodSync(place, 0o755);
  try {
    await step('Making a clean Debian', () =>
      must('debootstrap', [
        '--variant=minbase',
        '--include=xvfb,xauth,shared-mime-info,desktop-file-utils',
        'bookworm',
        place,
      ]),
    );
    for (const name of ['proc', 'sys', 'dev'])
      await must('mount', ['--rbind', `/${name}`, join(place, name)]);
    mkdirSync(join(place, 'package'));
    const recording = join(root, 'main/recording/fixtures/version-1.mcap');
    await must('cp', [join(folder, file), recording, join(place, 'package')]);
    return await foreground('chroot', [place, '/bin/sh', '-ec', script(file)], { cwd: '/' });
  } finally {
    for (const name of ['proc', 'sys', 'dev']) await run('umount', ['-lR', join(place, name)]);
    const { output } = await run('findmnt', ['-rn', '-o', 'TARGET']);
    // Never remove what is mounted from outside.
    if (!output.includes(`${place}/`)) rmSync(place, { recursive: true, force: true });
  }
}

/** What happens in the clean root; any command that fails ends it. @param {string} file */
function script(file) {
  const asUser = (/** @type {string} */ command) => `runuser -u ${USER} -- sh -c '${command}'`;
  return [
    'export DEBIAN_FRONTEND=noninteractive LC_ALL=C',
    `useradd -m ${USER}`,
    // Files left by apt and the user are not the package's; dpkg removes /opt with the last package below it.
    'list() { find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /var -o -path /tmp -o -path /home -o -path /package -o -path /run \\) -prune -o -print | grep -vx /opt | sort; }',
    'apt-get -q update >/dev/null',
    // The dependencies first, so that only the package's own files differ.
    `apt-get -qy install --no-install-recommends $(dpkg-deb -f /package/${file} Depends | sed "s/[^,]*t64 | //g; s/,/ /g") >/dev/null`,
    'list >/tmp/before',
    `apt-get -qy install --no-install-recommends /package/${file} >/dev/null`,
    'stat -c %a /opt/soft-dirty-inspector/chrome-sandbox | grep -x 4755',
    asUser('soft-dirty --version'),
    asUser('soft-dirty help serve | head -3'),
    asUser('soft-dirty record --help | grep -- --launch'),
    'grep -q application/x-mcap /usr/share/mime/globs2',
    asUser('xdg-mime query default application/x-mcap | grep -x soft-dirty-inspector.desktop'),
    // Without --no-sandbox, so sandboxed; the debugging port shows that the page was loaded.
    // `timeout` ends it and all that it started.
    asUser('timeout 40 xvfb-run -a soft-dirty-inspector /package/version-1.mcap >/tmp/log 2>&1') +
      ' & window=$!',
    `of_user() { ps -u ${USER} -o args; }`,
    'for i in $(seq 30); do sleep 1; of_user | grep -q -- --type=renderer && break; done',
    'of_user | grep -q -- --type=renderer || { cat /tmp/log; exit 1; }',
    'if of_user | grep -- --no-sandbox; then exit 1; fi',
    'wait $window || true',
    'apt-get -qy purge soft-dirty-inspector >/dev/null',
    'list >/tmp/after',
    'diff /tmp/before /tmp/after',
    'echo "Installed, started, purged without a trace."',
  ].join('\n');
}

/** @param {string} command @param {string[]} args */
async function must(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0) {
    throw new Problem(
      `${command} ${args[0]} failed: ${output.slice(-500)}`,
      `Install the package ${command}.`,
    );
  }
}
