import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../../app/setup/problem.mjs';
import { run } from '../../../app/setup/run.mjs';

/** Where the packages come from; every index and so every package is verified with Debian's own keys. */
const archives = [
  { uri: 'http://deb.debian.org/debian', suite: 'bookworm' },
  { uri: 'http://deb.debian.org/debian-security', suite: 'bookworm-security' },
];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * An apt that keeps its sources, lists and state in a separate folder and knows of no installed package: it downloads,
 * and never touches the machine's own apt or installs anything. It needs no rights.
 */
export class PrivateApt {
  /** @param {string} folder an empty one */
  constructor(folder) {
    this.folder = folder;
    this.archives = join(folder, 'cache', 'archives');
    this.environment = { ...process.env, LC_ALL: 'C', APT_CONFIG: join(folder, 'apt.conf') };
  }

  /** Writes the configuration and fetches the package lists. */
  async open() {
    if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/usr/bin/apt-get')) {
      throw new Problem(
        'The tests on real kernels need QEMU and kernels from Debian’s packages, and there is no apt-get here.',
        'Run them on Debian or Ubuntu (x86-64), or in a container of one.',
      );
    }
    if (!existsSync(keyring)) {
      throw new Problem(
        `Debian’s packages cannot be verified: ${keyring} is not there.`,
        'Install the package debian-archive-keyring and run the command again.',
      );
    }
    mkdirSync(join(this.folder, 'lists', 'partial'), { recursive: true });
    mkdirSync(join(this.archives, 'partial'), { recursive: true });
    writeFileSync(join(this.folder, 'status'), '');
    writeFileSync(join(this.folder, 'sources.list'), archives.map(sourceLine).join(''));
    writeFileSync(this.environment.APT_CONFIG, await this.#configuration());
    await this.#apt('apt-get', ['update', '-q']);
  }

  /**
   * @param {string} metaPackage
   * @returns {Promise<string>} the first package that it depends on
   */
  async dependency(metaPackage) {
    const output = await this.#apt('apt-cache', ['depends', '--important', metaPackage]);
    const name = /^\s*Depends: (\S+)$/m.exec(output)?.[1];
    if (name === undefined) throw aptProblem(`${metaPackage} depends on nothing:\n${output}`);
    return name;
  }

  /**
   * Fetches packages, alone or with everything that they need down to the C library.
   * @param {string[]} names
   * @param {'alone' | 'with dependencies'} extent
   * @returns {Promise<string[]>} the files
   */
  async fetch(names, extent) {
    const before = new Set(this.#files());
    const options = ['-q', '-y', '--no-install-recommends', '--download-only'];
    if (extent === 'alone') await this.#apt('apt-get', ['download', '-q', ...names], this.archives);
    else await this.#apt('apt-get', ['install', ...options, ...names]);
    return this.#files().filter((file) => !before.has(file));
  }

  #files() {
    return readdirSync(this.archives)
      .filter((name) => name.endsWith('.deb'))
      .map((name) => join(this.archives, name));
  }

  async #configuration() {
    // Proxy settings of this machine apply; the rest of its configuration does not.
    const { output } = await run('apt-config', ['dump'], { env: { ...process.env, LC_ALL: 'C' } });
    const network = output
      .split('\n')
      .filter((line) => /^Acquire::(https?|Check-|Retries|Force)/i.test(line));
    return [
      ...network,
      'Dir::Etc::Parts "/dev/null";',
      'Dir::Etc::Main "/dev/null";',
      'Dir::Etc::SourceParts "/dev/null";',
      `Dir::Etc::SourceList "${join(this.folder, 'sources.list')}";`,
      `Dir::State "${this.folder}";`,
      `Dir::State::status "${join(this.folder, 'status')}";`,
      `Dir::Cache "${join(this.folder, 'cache')}";`,
      'APT::Architecture "amd64";',
      'APT::Architectures { "amd64"; };',
      // The folder may be inaccessible to other users.
      'APT::Sandbox::User "root";',
      'Acquire::Languages "none";',
      // Lists that could not be fetched are reported as a failure.
      'APT::Update::Error-Mode "any";',
      '',
    ].join('\n');
  }

  /**
   * @param {string} program
   * @param {string[]} args
   * @param {string} [cwd]
   * @returns {Promise<string>} what it printed
   */
  async #apt(program, args, cwd = this.folder) {
    const { code, output } = await run(program, args, { env: this.environment, cwd });
    if (code !== 0) throw aptProblem(output);
    return output;
  }
}

/** @param {{ uri: string, suite: string }} archive */
function sourceLine({ uri, suite }) {
  return `deb [signed-by=${keyring}] ${uri} ${suite} main\n`;
}

/**
 * Unpacks packages over one another into a folder, without running anything in them.
 * @param {string[]} files
 * @param {string} folder
 */
export async function unpack(files, folder) {
  for (const file of files) {
    const { code, output } = await run('dpkg-deb', ['-x', file, folder]);
    if (code === 0) continue;
    if (/No space left|Disk quota/.test(output)) throw Object.assign(new Error(output), { code: 'ENOSPC' });
    throw new Problem(`${file} cannot be unpacked: ${output.trim()}`, 'Run the command again.');
  }
}

/** @param {string} output @returns {Error} */
function aptProblem(output) {
  const what = 'QEMU and the kernels could not be fetched from Debian';
  if (/No space left|enough free space/i.test(output)) {
    return Object.assign(new Error(output), { code: 'ENOSPC' });
  }
  if (/NO_PUBKEY|EXPKEYSIG|BADSIG|not signed|Hash Sum mismatch/i.test(output)) {
    return new Problem(
      `${what}: the archive’s signature or a checksum is wrong.`,
      'Try again later; if it fails again, a proxy may change downloads.',
    );
  }
  if (/resolv|Could not connect|Failed to fetch|Connection (failed|timed out)/i.test(output)) {
    return new Problem(
      `${what}: its servers cannot be reached.`,
      'Connect to the network once (and check apt’s proxy settings) and run the command again: what it fetches is kept.',
    );
  }
  const line = output.split('\n').find((text) => text.startsWith('E: ')) ?? output.trim();
  return new Problem(
    `${what}: ${line.replace(/^E: /, '')}`,
    'Run the command again; SDI_DEBUG=1 shows more.',
  );
}
