import { describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY, SECURITY_HEADERS } from './content-security-policy.ts';

describe('the content security policy', () => {
  it('denies by default and names no other origin', () => {
    expect(CONTENT_SECURITY_POLICY).toMatch(/^default-src 'none'; /);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/https?:|wss?:|\*/);
  });

  it('has no loophole for scripts', () => {
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-(inline|eval|hashes)|wasm-unsafe-eval/);
    expect(CONTENT_SECURITY_POLICY).toContain("script-src 'self';");
  });

  it('is a single header line', () => {
    for (const value of Object.values(SECURITY_HEADERS)) expect(value).not.toMatch(/[\r\n]/);
    expect(SECURITY_HEADERS['Content-Security-Policy']).toBe(CONTENT_SECURITY_POLICY);
  });
});
