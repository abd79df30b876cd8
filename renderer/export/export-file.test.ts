import { describe, expect, it } from 'vitest';
import { fileName } from './export-file.ts';

describe('the name that is offered for an export', () => {
  it.each([
    ['demo program', 'soft-dirty demo-program mappings'],
    ['', 'soft-dirty mappings'],
    ['../../etc/passwd', 'soft-dirty etc-passwd mappings'],
    ['Ω.exe', 'soft-dirty exe mappings'],
    ['x'.repeat(500), `soft-dirty ${'x'.repeat(60)} mappings`],
  ])('of %j fits every file system and the shell', (title, name) => {
    expect(fileName(title, 'mappings')).toBe(name);
  });
});
