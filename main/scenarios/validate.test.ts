import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatJson, readJson } from './json.ts';
import { DEFAULT_MACHINE } from './steps.ts';
import { MAX_STEPS, parseScenario } from './validate.ts';

const step = (fields: string): string => `{"name": "n", "steps": [{"op": "fork"}, {${fields}}]}`;
const parsed = (fields: string) => parseScenario(step(fields), 'f.json').steps[1]?.step;
const refusal = (text: string): string => {
  try {
    parseScenario(text, 'f.json');
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('what is accepted', () => {
  it('fills in the defaults of the machine', () => {
    expect(parseScenario('{"name": "n", "steps": []}', 'f').machine).toEqual(DEFAULT_MACHINE);
  });

  it.each(['4096', '"0x1000"', '4096.0', '4.096e3'])('reads %s as 4096', (text) => {
    expect(parsed(`"op": "munmap", "addr": ${text}, "len": ${text}`)).toEqual({
      op: 'munmap',
      addr: 4096n,
      len: 4096n,
    });
  });

  it('keeps 64-bit numbers exact', () => {
    expect(parsed('"op": "write", "addr": "0xffffffffffffffff", "len": 9223372036854775807')).toEqual({
      op: 'write',
      addr: 2n ** 64n - 1n,
      len: 2n ** 63n - 1n,
    });
  });

  it('takes what a C caller may put into the fields of the ioctl', () => {
    const fields = '"op": "ioctl", "cmd": "GET", "start": 1, "len": -1, "vecLen": 4294967296, "flags": -1';
    expect(parsed(fields)).toMatchObject({ len: -1n, vecLen: 2 ** 32, flags: -1 });
  });

  it('takes page categories as a sum or by name', () => {
    const scan = (mask: string) =>
      parsed(
        `"op": "pagemap_scan", "start": 0, "end": 4096, "vecLen": 1, "mask": ${mask}, "returns": ["WRITTEN"]`,
      );
    expect(scan('130')).toMatchObject({ mask: 130n, returns: 2n, maxPages: 0n });
    expect(scan('["SOFT_DIRTY", "WRITTEN"]')).toMatchObject({ mask: 130n });
  });

  it('keeps what a learner reads and the recorded result apart from the operation', () => {
    const fields = '"op": "vmas", "title": "t", "text": "x", "ask": "?", "result": {"anything": [1]}';
    expect(parseScenario(step(fields), 'f').steps[1]).toEqual({
      step: { op: 'vmas' },
      title: 't',
      text: 'x',
      ask: '?',
      result: { anything: [1] },
    });
  });
});

describe('what is refused, and in which words', () => {
  it.each([
    [
      '{',
      "f.json: not JSON: Quoted object key or end of object '}' expected but reached end of input at position 1",
    ],
    ['[]', 'f.json: expected an object with "name" and "steps", got a list'],
    ['{"steps": []}', 'f.json: name: is missing'],
    ['{"name": "n"}', 'f.json: steps: is missing'],
    ['{"name": "n", "steps": {}}', 'f.json: steps: expected a list, got an object'],
    ['{"name": "n", "steps": [], "colour": 1}', 'f.json: unknown field "colour"'],
    [
      '{"name": "n", "steps": [], "mode": "posed"}',
      'f.json: mode: expected one of documented, posted; got "posed"',
    ],
    ['{"name": "n", "steps": [], "faultAround": 5000}', 'f.json: faultAround: must be a power of two'],
    [
      '{"name": "n", "steps": [], "arena": {"start": 1, "pages": 1}}',
      'f.json: arena.start: must be a multiple of 4096',
    ],
    [
      '{"name": "n", "steps": [], "arena": {"start": 0}}',
      'f.json: arena.pages: expected a whole number or a hex string like "0x1000", got nothing',
    ],
    ['{"name": "n", "steps": [7]}', 'f.json: steps[0]: expected an object with "op", got 7'],
    [
      '{"name": "n", "steps": [{"op": "__proto__"}]}',
      /^f\.json: steps\[0\]: op: unknown operation "__proto__"; available: mmap, /,
    ],
  ])('%s', (text, message) => {
    expect(refusal(text)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it.each([
    ['"op": "munmap", "addr": 0', 'len: expected a whole number or a hex string like "0x1000", got nothing'],
    [
      '"op": "munmap", "addr": "0xg", "len": 1',
      'addr: expected a whole number or a hex string like "0x1000", got "0xg"',
    ],
    [
      '"op": "munmap", "addr": 1.5, "len": 1',
      'addr: expected a whole number or a hex string like "0x1000", got 1.5',
    ],
    [
      '"op": "munmap", "addr": 1e400, "len": 1',
      'addr: expected a whole number or a hex string like "0x1000", got 1e400',
    ],
    ['"op": "munmap", "addr": -1, "len": 1', 'addr: must be between 0x0 and 0xffffffffffffffff, got -1'],
    [
      '"op": "munmap", "addr": 0, "len": 18446744073709551616',
      'len: must be between 0x0 and 0xffffffffffffffff, got 18446744073709551616',
    ],
    ['"op": "munmap", "addr": 0, "len": 1, "lenght": 2', 'unknown field "lenght"'],
    ['"op": "munmap", "addr": 0, "len": 1, "__proto__": 2', 'unknown field "__proto__"'],
    ['"op": "munmap", "addr": 0, "len": 1, "text": 2', 'text: expected a string, got 2'],
    [
      '"op": "madvise", "addr": 0, "len": 1, "advice": "willneed"',
      /^advice: expected one of hugepage, .*; got "willneed"$/,
    ],
    ['"op": "mremap", "addr": 0, "len": 1, "newLen": 1, "mayMove": 1', 'mayMove: expected a boolean, got 1'],
    [
      '"op": "pagemap_scan", "start": 0, "end": 0, "vecLen": 0, "returns": ["DIRTY"]',
      /^returns: unknown category "DIRTY"; available: WPALLOWED/,
    ],
  ])('%s', (fields, message) => {
    const text = refusal(step(fields));
    const problem = text.replace(/^f\.json: steps\[1\] \([a-z_]+\): /, '');
    expect(text).not.toBe(problem);
    expect(problem).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('nesting without end', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(refusal(`{"name": "n", "steps": [], "kernel": ${deep}}`)).toBe(
      'f.json: not JSON: nested too deeply',
    );
  });

  it('more steps than the limit, and a long word is cut short', () => {
    const many = Array.from({ length: MAX_STEPS + 1 }, () => '{"op":"fork"}').join(',');
    expect(refusal(`{"name": "n", "steps": [${many}]}`)).toBe(
      'f.json: steps: a scenario has at most 100000 steps',
    );
    expect(refusal(`{"name": "n", "steps": [], "${'x'.repeat(1e6)}": 1}`).length).toBeLessThan(120);
  });
});

describe('the recorded traces', () => {
  const fixtures = new URL('./fixtures/', import.meta.url);
  it('are all valid, and are written again as they were read', () => {
    for (const folder of ['directed/', 'random/']) {
      for (const file of readdirSync(new URL(folder, fixtures))) {
        const text = readFileSync(new URL(folder + file, fixtures), 'utf8');
        expect(parseScenario(text, file).steps.length).toBeGreaterThan(0);
        expect(`${formatJson(readJson(text))}\n`).toBe(
          text.replaceAll(',\n{"op"', ', {"op"').replace('[\n', ' [').replace('\n]}', ']}'),
        );
      }
    }
  });
});
