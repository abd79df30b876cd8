/**
 * Test support: polkit and sudo with rules of the test's own, in a mount namespace, and an ordinary user whose windows they let start the
 * engine as an administrator, and one whose windows they do not. Needs root, polkitd, pkexec, sudo and dbus-daemon.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Ids without entries in the system's own files. */
export const ADMINISTERED_USER = 54_321;
export const OTHER_ORDINARY_USER = 54_322;

/** Tests and benchmarks run in the project's folder. */
const POLICY = resolve('app/resources/packaging/org.soft_dirty_inspector.policy');

/** What is mounted, and where; then the bus and polkitd run until standard input ends. */
const HOLD = `set -e
mount --make-rprivate /
mkdir -p /run/dbus
mount -t tmpfs tmpfs /run/dbus
mount --bind "$1/actions" /usr/share/polkit-1/actions
mount --bind "$1/rules" /etc/polkit-1/rules.d
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/sudoers" /etc/sudoers
dbus-daemon --system --nofork --nopidfile --print-address=3 3>"$1/address" 2>/dev/null &
bus=$!
while [ ! -s "$1/address" ]; do sleep 0.05; done
/usr/lib/polkit-1/polkitd --no-debug >/dev/null 2>&1 &
polkit=$!
echo ready
read -r end || true
kill $polkit $bus
`;

export class OwnAdministration {
  private readonly folder: string;
  private readonly holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.holder = holder;
  }

  /** @param script the built command line, which is `soft-dirty` on the users' PATH */
  static async start(script: string): Promise<OwnAdministration> {
    const folder = mkdtempSync(join(tmpdir(), 'administration-'));
    const path = (name: string): string => join(folder, name);
    for (const name of ['actions', 'rules', 'bin']) mkdirSync(path(name));
    const program = path('bin/soft-dirty');
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    const policy = readFileSync(POLICY, 'utf8');
    writeFileSync(path('actions/inspector.policy'), policy.replace('/usr/bin/soft-dirty', program));
    writeFileSync(
      path('rules/10-test.rules'),
      `polkit.addRule(function (action, subject) {
  if (action.id === 'org.soft_dirty_inspector.serve' && subject.user === 'inspector-test') return polkit.Result.YES;
});\n`,
    );
    copyFileSync('/etc/passwd', path('passwd'));
    const users = `inspector-test:*:${ADMINISTERED_USER}:${ADMINISTERED_USER}::/:/bin/sh
inspector-other:*:${OTHER_ORDINARY_USER}:${OTHER_ORDINARY_USER}::/:/bin/sh\n`;
    writeFileSync(path('passwd'), users, { flag: 'a' });
    writeFileSync(
      path('sudoers'),
      `Defaults secure_path="${path('bin')}:/usr/bin:/bin"\ninspector-test ALL=(root) NOPASSWD: ${program}\n`,
      { mode: 0o440 },
    );
    chmodSync(folder, 0o755);
    chmodSync(program, 0o755);
    const holder = spawn('unshare', ['-m', 'sh', '-c', HOLD, 'sh', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(createInterface(holder.stdout), 'line');
    return new OwnAdministration(folder, holder);
  }

  /** The words of `command` as that user runs it. */
  as(user: number, ...command: string[]): string[] {
    return [
      ...['nsenter', '-t', String(this.holder.pid), '-m', '--'],
      ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'],
      ...['env', '-u', 'SHELL', '-u', 'DISPLAY', `PATH=${join(this.folder, 'bin')}:/usr/bin:/bin`],
      ...command,
    ];
  }

  async stop(): Promise<void> {
    const exited = once(this.holder, 'exit');
    this.holder.stdin?.end();
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
