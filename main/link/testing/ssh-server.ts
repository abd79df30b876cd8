/** Test support: Debian's OpenSSH server on loopback, with keys of its own, as the machine that the engine runs on. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RemoteLocation } from '../connect-command.ts';

export class SshServer {
  readonly location: RemoteLocation;
  /** Environment in which `ssh` reads the test's configuration instead of the user's. */
  readonly env: NodeJS.ProcessEnv;
  /** Below which all of its files are. */
  readonly folder: string;
  private readonly server: ChildProcess;

  private constructor(folder: string, port: number, server: ChildProcess) {
    this.folder = folder;
    this.server = server;
    this.location = { kind: 'ssh', user: userInfo().username, host: '127.0.0.1', port };
    this.env = { ...process.env, PATH: `${join(folder, 'here')}:${process.env['PATH'] ?? ''}` };
    delete this.env['DISPLAY'];
    delete this.env['WAYLAND_DISPLAY'];
  }

  /** @param script the built command line, which is `soft-dirty` on the server's PATH */
  static async start(script: string): Promise<SshServer> {
    const folder = mkdtempSync(join(tmpdir(), 'ssh-server-'));
    const path = (name: string): string => join(folder, name);
    for (const name of ['host', 'user']) {
      const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
      if (made.status !== 0) throw new Error(`ssh-keygen: ${String(made.stderr)}`);
    }
    mkdirSync(path('there'));
    mkdirSync(path('here'));
    writeProgram(path('there/soft-dirty'), `exec "${process.execPath}" "${script}" "$@"`);
    writeProgram(path('here/ssh'), `exec /usr/bin/ssh -F "${path('client.conf')}" "$@"`);
    const port = await freePort();
    const key = readFileSync(path('host.pub'), 'utf8');
    writeFileSync(path('known'), `[127.0.0.1]:${port} ${key}`);
    writeFileSync(
      path('client.conf'),
      `IdentityFile ${path('user')}\nIdentitiesOnly yes\nUserKnownHostsFile ${path('known')}\nStrictHostKeyChecking yes\n`,
    );
    writeFileSync(
      path('server.conf'),
      [
        `ListenAddress 127.0.0.1:${port}`,
        `HostKey ${path('host')}`,
        `AuthorizedKeysFile ${path('user.pub')}`,
        `PidFile ${path('pid')}`,
        // The folder is below /tmp, which others may write to.
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'PermitRootLogin prohibit-password',
        `SetEnv PATH=${path('there')}:/usr/local/bin:/usr/bin:/bin`,
        '',
      ].join('\n'),
    );
    // Its unprivileged part needs this folder, which Debian makes at boot.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', path('server.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await listening(server);
    return new SshServer(folder, port, server);
  }

  async stop(): Promise<void> {
    const exited = once(this.server, 'exit');
    this.server.kill();
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writeProgram(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

/** Resolves when it accepts connections; rejects with what it printed when it ends instead. */
async function listening(server: ChildProcess): Promise<void> {
  const { stderr } = server;
  if (stderr === null) throw new Error('stderr is not a pipe');
  const printed: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(stderr).on('line', (line) => {
      printed.push(line);
      if (line.includes('Server listening on')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`sshd ended: ${printed.join('\n')}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
