import { describe, expect, it } from 'vitest';
import { commName, statusName } from './names.ts';
import { parseStatus } from './status.ts';

const bytes = (text: string) => Buffer.from(text).toString('latin1');

describe('names of programs', () => {
  it('in status are unescaped once, and read as UTF-8', () => {
    expect(statusName(bytes('é\\n\\\\n\t(x) '))).toBe('é\n\\n\t(x) ');
    expect(statusName('a\xff\xc3')).toBe('a\ufffd\ufffd');
  });

  it('in comm end with one newline', () => {
    expect(commName(bytes('é\n\n'))).toBe('é\n');
    expect(commName('\\n\n')).toBe('\\n');
  });

  it('keep their blanks, and cannot pass for other fields', () => {
    const status = parseStatus('Name:\t a: b\\nUid:\\t0\t \nUmask:\t0022\nUid:\t7\t7\t7\t7\n', 0);
    expect(status).toMatchObject({ name: ' a: b\nUid:\\t0\t ', uids: [7, 7, 7, 7] });
  });
});
