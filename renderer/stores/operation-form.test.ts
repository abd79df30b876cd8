import { describe, expect, it } from 'vitest';
import { formOfRange, parseForm } from './operation-form.ts';

const form = { start: '0x7f0000000000', len: '64KiB', vecLen: '', noReused: false };

describe('the operations form', () => {
  it('gives a request with as many places as the range has pages', () => {
    expect(parseForm('GET', form)).toEqual({
      ok: true,
      request: { op: 'GET', start: 0x7f0000000000n, len: 65536n, vecLen: 16, flags: 0 },
    });
  });

  it('rounds the places up and sets the flag', () => {
    const parsed = parseForm('CLEAR', { ...form, len: '4097', noReused: true });
    expect(parsed).toMatchObject({ ok: true, request: { vecLen: 2, flags: 1, len: 4097n } });
  });

  it('lets through what the kernel itself refuses', () => {
    expect(parseForm('GET', { ...form, start: '0x1001', len: '-1', vecLen: '-3' })).toMatchObject({
      ok: true,
      request: { start: 0x1001n, len: -1n, vecLen: -3 },
    });
    expect(parseForm('GET', { ...form, len: '0' })).toMatchObject({
      ok: true,
      request: { len: 0n, vecLen: 0 },
    });
  });

  it('reports which field is wrong', () => {
    expect(parseForm('GET', { ...form, start: '', len: 'much' })).toEqual({
      ok: false,
      errors: { start: expect.any(String) as unknown, len: expect.any(String) as unknown },
    });
    expect(parseForm('GET', { ...form, vecLen: '1.5' })).toMatchObject({
      ok: false,
      errors: { vecLen: expect.any(String) as unknown },
    });
    expect(parseForm('GET', { ...form, start: '0x10000000000000000' })).toMatchObject({ ok: false });
    expect(parseForm('GET', { ...form, len: '64T' })).toMatchObject({
      ok: false,
      errors: { vecLen: expect.any(String) as unknown },
    });
  });

  it('writes a range as it reads one', () => {
    const fields = formOfRange({ start: 0x7f0000000, end: 0x7f0000010 });
    expect(parseForm('GET', { ...form, ...fields })).toMatchObject({
      ok: true,
      request: { start: 0x7f0000000000n, len: 0x10000n, vecLen: 16 },
    });
  });
});
