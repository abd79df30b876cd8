import { isAbsolute, join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnAddress, resolveAddress } from './protocol-path.ts';

describe('resolveAddress', () => {
  it.each([
    ['app://inspector', 'index.html', 'text/html; charset=utf-8'],
    ['app://inspector/', 'index.html', 'text/html; charset=utf-8'],
    ['app://inspector/index.html?a=1#b', 'index.html', 'text/html; charset=utf-8'],
    ['app://inspector/assets/main-Ab_1.js', 'assets/main-Ab_1.js', 'text/javascript; charset=utf-8'],
    ['app://inspector/a%20b.css', 'a b.css', 'text/css; charset=utf-8'],
  ])('%s is %s', (address, path, contentType) => {
    expect(resolveAddress(address)).toEqual({ path, contentType });
  });

  it.each([
    'app://inspector/../host.js',
    'app://inspector/assets/../../host.js',
    'app://inspector/%2e%2e/host.js',
    'app://inspector/%2e%2e%2fhost.js',
    'app://inspector/..%5chost.js',
    'app://inspector/%252e%252e/host.js',
    'app://inspector//etc/passwd.txt',
    'app://inspector/a//b.js',
    'app://inspector/.git/config.txt',
    'app://inspector/a%00.js',
    'app://inspector/%',
    'app://inspector/assets/',
    'app://inspector/program.exe',
    'app://inspector.example/index.html',
    'app://user@inspector/index.html',
    'app://inspector:80/index.html',
    'app://other/index.html',
    'https://inspector/index.html',
    'file:///etc/passwd.txt',
    '',
  ])('%s is refused', (address) => {
    expect(resolveAddress(address)).toBeNull();
  });

  it('never leaves the folder, for any path', () => {
    const piece = fc.oneof(
      fc.constantFrom('..', '.', '/', '\\', '%2e', '%2E', '%2f', '%5c', '%00', '%25', 'a', '.js', '.html'),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const resolved = resolveAddress(`app://inspector/${pieces.join('')}`);
        if (resolved === null) return;
        const inside = relative('/renderer', join('/renderer', resolved.path));
        expect(isAbsolute(resolved.path)).toBe(false);
        expect(inside.startsWith('..') || inside === '').toBe(false);
      }),
      { seed: 20260, numRuns: 5000 },
    );
  });
});

describe('isOwnAddress', () => {
  it('takes our origin alone', () => {
    expect(isOwnAddress('app://inspector/x.js')).toBe(true);
    expect(isOwnAddress('app://inspector2/x.js')).toBe(false);
    expect(isOwnAddress('https://example.org/')).toBe(false);
    expect(isOwnAddress('devtools://devtools/bundled/x.js')).toBe(false);
  });
});
