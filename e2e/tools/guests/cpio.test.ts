import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S_IFCHR, S_IFDIR, S_IFREG, cpioArchive } from './cpio.mjs';

/** Reads an archive back as the kernel does (init/initramfs.c): fields of 8 hex digits, names and data padded to 4. */
function read(archive: Buffer) {
  const found = [];
  for (let at = 0; ;) {
    const header = archive.subarray(at, at + 110).toString();
    if (!header.startsWith('070701')) throw new Error(`no header at ${at}`);
    const fields = [...header.slice(6).matchAll(/.{8}/g)].map(([digits]) => parseInt(digits, 16));
    const [, mode, , , , , size = 0, , , major, minor, nameSize = 0] = fields;
    const path = archive.subarray(at + 110, at + 110 + nameSize - 1).toString();
    const data = (at + 110 + nameSize + 3) & ~3;
    if (path === 'TRAILER!!!') return found;
    found.push({ path, mode, data: archive.subarray(data, data + size), device: [major, minor] });
    at = (data + size + 3) & ~3;
  }
}

describe('cpioArchive', () => {
  it('is what the kernel reads back, for names and contents of any length', () => {
    const entry = fc.record({
      path: fc.stringMatching(/^[a-zé/.]{1,12}$/),
      mode: fc.constantFrom(S_IFREG | 0o755, S_IFDIR | 0o755),
      data: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const expected = entries.map((one) => ({ ...one, data: Buffer.from(one.data), device: [0, 0] }));
        expect(read(cpioArchive(entries))).toEqual(expected);
      }),
      { seed: 1 },
    );
  });

  it('holds device nodes', () => {
    const archive = cpioArchive([{ path: 'dev/console', mode: S_IFCHR | 0o600, device: [5, 1] }]);
    expect(read(archive)).toMatchObject([{ path: 'dev/console', mode: 0o20600, device: [5, 1] }]);
  });
});
