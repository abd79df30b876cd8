/**
 * One entry of an archive. A folder has neither `data` nor `device`; a link has its target as `data`.
 * @typedef {object} Entry
 * @property {string} path without a leading slash; its folders must precede it
 * @property {number} mode type and rights, as in stat(2)
 * @property {Uint8Array} [data]
 * @property {[major: number, minor: number]} [device]
 */

/** Types of files in `mode` (inode(7)). */
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFLNK = 0o120000;

/**
 * Writes an archive in cpio's "newc" form, which the kernel unpacks as its first root file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Everything belongs to root, at time 0: equal input, equal bytes.
 * Written by hand because the cpio program can only make device nodes from device nodes, which takes root.
 * @param {Entry[]} entries
 * @returns {Buffer}
 */
export function cpioArchive(entries) {
  /** @type {Uint8Array[]} */
  const parts = [];
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  all.forEach(({ path, mode, data = new Uint8Array(), device = [0, 0] }, index) => {
    const name = Buffer.from(`${path}\0`);
    const fields = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, name.length, 0];
    const head = Buffer.from(`070701${fields.map(hex8).join('')}`);
    parts.push(head, name, padding(head.length + name.length), data, padding(data.length));
  });
  return Buffer.concat(parts);
}

/** @param {number} value */
function hex8(value) {
  return value.toString(16).padStart(8, '0');
}

/** @param {number} length */
function padding(length) {
  return new Uint8Array(-length & 3);
}
