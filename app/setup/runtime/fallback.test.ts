import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Problem } from '../problem.mjs';
import { fallbackName, verifyIntegrity } from './fallback.mjs';

describe('the fallback runtime', () => {
  it('is accepted with the published checksum, and refused if a byte differs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sdi-fallback-'));
    const file = join(folder, 'archive.tgz');
    // SHA-512 of "abc" (FIPS 180-2, appendix C).
    const abc =
      'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';
    writeFileSync(file, 'abc');
    await expect(verifyIntegrity(file, abc)).resolves.toBeUndefined();
    writeFileSync(file, 'abd');
    await expect(verifyIntegrity(file, abc)).rejects.toThrow(Problem);
    rmSync(folder, { recursive: true });
  });

  it('has a descriptive name that changes with its recipe', () => {
    expect(fallbackName()).toMatch(/^33\.2\.1-fallback-[0-9a-f]{8}$/);
  });
});
