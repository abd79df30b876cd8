import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../app/setup/run.mjs';
import { S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG, cpioArchive } from './cpio.mjs';

/** @import { Entry } from './cpio.mjs' */

/**
 * The guest's whole file system: this Node with its libraries, BusyBox, and a folder with what is to be run as /app.
 * @param {string} busybox the program
 * @param {string} app a folder; its suite.js is what the guest runs
 * @returns {Promise<Buffer>} an archive that the kernel unpacks
 */
export async function guestFileSystem(busybox, app) {
  const files = new Tree();
  for (const folder of ['dev', 'proc', 'sys', 'tmp']) files.folder(folder);
  // The kernel opens the console before anything can be mounted.
  files.add({ path: 'dev/console', mode: S_IFCHR | 0o600, device: [5, 1] });
  files.add({ path: 'init', mode: S_IFREG | 0o755, data: readFileSync(own('init.sh')) });
  files.copy('bin/busybox', busybox);
  files.add({ path: 'bin/sh', mode: S_IFLNK | 0o777, data: Buffer.from('busybox') });
  files.copy('bin/node', process.execPath);
  for (const library of await libraries(process.execPath)) files.copy(library.slice(1), library);
  const users = 'root:x:0:0::/tmp:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n';
  files.add({ path: 'etc/passwd', mode: S_IFREG | 0o644, data: Buffer.from(users) });
  files.add({ path: 'etc/group', mode: S_IFREG | 0o644, data: Buffer.from('root:x:0:\nuser:x:1000:\n') });
  files.copy('app', app);
  return cpioArchive(files.entries);
}

/** Entries with every folder before what is in it, and nothing twice. */
class Tree {
  /** @type {Entry[]} */
  entries = [];
  #seen = new Set(['.']);

  /** @param {string} path */
  folder(path) {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    this.folder(dirname(path));
    this.entries.push({ path, mode: S_IFDIR | 0o755 });
  }

  /** @param {Entry} entry */
  add(entry) {
    this.folder(dirname(entry.path));
    this.entries.push(entry);
  }

  /**
   * @param {string} path
   * @param {string} source a file or a folder; links are followed
   */
  copy(path, source) {
    const { mode } = statSync(source);
    if (!statSync(source).isDirectory()) {
      this.add({ path, mode: S_IFREG | (mode & 0o111 ? 0o755 : 0o644), data: readFileSync(source) });
      return;
    }
    this.folder(path);
    for (const name of readdirSync(source).sort()) this.copy(join(path, name), join(source, name));
  }
}

/** @param {string} program @returns {Promise<string[]>} the shared libraries that it is linked to, and their loader */
async function libraries(program) {
  const { code, output } = await run('ldd', [program], { env: { ...process.env, LC_ALL: 'C' } });
  // A Node without shared libraries is fine too.
  if (code !== 0 && !/not a dynamic executable|statically linked/.test(output)) {
    throw new Error(`ldd ${program}: ${output.trim()}`);
  }
  return [...output.matchAll(/(\/\S+) \(0x/g)]
    .map(([, path = '']) => path)
    .filter((path) => existsSync(path));
}

/** @param {string} name */
function own(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
