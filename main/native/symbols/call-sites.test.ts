import { describe, expect, it } from 'vitest';
import { endsWithCall, setsFramePointer } from './call-sites.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text.split(' '), (byte) => parseInt(byte, 16));

describe('the bytes before a return address', () => {
  // As objdump prints them.
  it.each([
    ['call rel32', '90 90 e8 10 20 30 00'],
    ['call *%rax', '90 90 90 90 90 ff d0'],
    ['call *%r12', '90 90 90 90 41 ff d4'],
    ['call *(%rax)', '90 90 90 90 90 ff 10'],
    ['call *0x8(%rax)', '90 90 90 90 ff 50 08'],
    ['call *(%rax,%rbx,8)', '90 90 90 90 ff 14 d8'],
    ['call *0x8(%rsp)', '90 90 90 ff 54 24 08'],
    ['call *0x2fe2(%rip)', '90 ff 15 e2 2f 00 00'],
    ['call *0x128(%rax)', '90 ff 90 28 01 00 00'],
    ['call *0x128(%rax,%rbx,8)', 'ff 94 d8 28 01 00 00'],
    ['call *0x4010(,%rax,8)', 'ff 14 c5 10 40 00 00'],
  ])('end with %s', (_, text) => expect(endsWithCall(bytes(text))).toBe(true));

  it.each([
    ['nops', '90 90 90 90 90 90 90'],
    ['jmp rel32', '90 90 e9 10 20 30 00'],
    ['jmp *%rax', '90 90 90 90 90 ff e0'],
    ['push (%rax)', '90 90 90 90 90 ff 30'],
    ['call with bytes too few', '90 90 90 90 90 ff 50'],
    ['call and another instruction', 'e8 10 20 30 00 90 90'],
    ['nothing', '00 00 00 00 00 00 00'],
  ])('do not end with a call where they are %s', (_, text) => expect(endsWithCall(bytes(text))).toBe(false));
});

describe('a function', () => {
  it.each([
    ['push %rbp; mov %rsp,%rbp', '55 48 89 e5 90 90', true],
    ['endbr64 first', 'f3 0f 1e fa 55 48 89 e5 90', true],
    ['an instruction between', '55 31 c0 48 89 e5 90', true],
    ['checks before it', '8b 4f 17 48 3b c8 55 48 89 e5 90', true],
    ['before it is set', '55 31 c0', false],
    ['rbp for something else', '55 48 89 fd 90 90', false],
    ['no push', '48 83 ec 08 90 90', false],
  ])('has set its frame pointer: %s', (_, text, sets) => expect(setsFramePointer(bytes(text))).toBe(sets));
});
