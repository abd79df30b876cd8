/** The file association is declared in three places and must be the same in each. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RECORDING_ENDING } from '#shared/contract/shell.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const builder = read('electron-builder.yml');
const desktop = read('app/resources/soft-dirty-inspector.desktop');
const mime = read('app/resources/soft-dirty-inspector-mime.xml');
const type = 'application/x-mcap';

describe('the association with recordings', () => {
  it('names one type and one ending', () => {
    expect(builder).toContain(`ext: ${RECORDING_ENDING.slice(1)}\n`);
    expect(builder).toContain(`mimeType: ${type}\n`);
    expect(desktop).toContain(`MimeType=${type};\n`);
    expect(mime).toContain(`<mime-type type="${type}">`);
    expect(mime).toContain(`<glob pattern="*${RECORDING_ENDING}"/>`);
  });

  it('starts the program that is packaged, with the file', () => {
    const name = /^ {2}executableName: (.*)$/m.exec(builder)?.[1];
    expect(desktop).toContain(`Exec=${name} %f\n`);
    expect(desktop).toContain(`Icon=${name}\n`);
  });

  it('comes with the folder that is unpacked by hand', () => {
    for (const file of ['soft-dirty-inspector.desktop', 'soft-dirty-inspector-mime.xml']) {
      expect(builder).toContain(`from: app/resources/${file}`);
    }
  });
});
