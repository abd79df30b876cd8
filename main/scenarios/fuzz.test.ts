import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { runText } from './run-text.ts';
import { stepSchemas } from './step-schemas.ts';

const fixtures = new URL('./fixtures/', import.meta.url);
const traces = ['directed', 'random'].flatMap((folder) =>
  readdirSync(new URL(folder, fixtures))
    .filter((_, index) => index % 12 === 0)
    .map((file) => readFileSync(new URL(`${folder}/${file}`, fixtures), 'utf8')),
);

/** Runs the text; it must give a text or an error that names the file, within the test's time limit. */
function comesToAnEnd(text: string): void {
  try {
    expect(JSON.parse(runText(text, 'file.json'))).toBeTypeOf('object');
  } catch (error) {
    if (!(error instanceof InspectorError)) throw error;
    expect(error.kind).toBe('bad-request');
    expect(error.message.startsWith('file.json: ')).toBe(true);
    expect(error.message.length).toBeLessThan(700);
  }
}

/** Values used in place of a number, a word or anything else. */
const oddValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '-1',
    '0',
    '1.5',
    '1e400',
    '-0',
    '"0x"',
    '"0xzz"',
    '{"__proto__": 1}',
  ),
  fc.constantFrom(
    '9223372036854775807',
    '18446744073709551615',
    '18446744073709551616',
    '"0xffffffffffffffff"',
  ),
  fc.constantFrom(
    '4294967296',
    '2147483648',
    '140737488355328',
    '"0x7ffffffff000"',
    '"0x100000000"',
    '281474976710656',
  ),
  fc.constantFrom(
    '"rw"',
    '"none"',
    '"dontneed"',
    '"pageout"',
    '"GET"',
    '"hint"',
    '"file-shared"',
    '"special"',
  ),
  fc.json({ maxDepth: 3 }),
);

/** One member of an object: a name that steps and scenarios know, or any other. */
const fieldName = fc.oneof(
  fc.constantFrom(
    'op',
    'addr',
    'len',
    'newLen',
    'newAddr',
    'prot',
    'kind',
    'start',
    'end',
    'cmd',
    'vecLen',
    'flags',
  ),
  fc.constantFrom(
    'vec',
    'advice',
    'place',
    'offset',
    'process',
    'value',
    'mayMove',
    'dontunmap',
    'mask',
    'returns',
  ),
  fc.string({ maxLength: 8 }),
);

describe('any input gives a result or an error', () => {
  it('any JSON at all', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 5 }), comesToAnEnd), { seed: 1, numRuns: 300 });
  });

  it('any text at all', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), comesToAnEnd), { seed: 2, numRuns: 100 });
  });

  it('steps with any fields', () => {
    const member = fc.tuple(fieldName, oddValue).map(([name, value]) => `${JSON.stringify(name)}: ${value}`);
    const known = fc.constantFrom(...Object.keys(stepSchemas)).map((op) => `"op": ${JSON.stringify(op)}`);
    const range = fc.tuple(oddValue, oddValue).map(([addr, len]) => `"addr": ${addr}, "len": ${len}`);
    const step = fc
      .tuple(known, range, fc.array(member, { maxLength: 3 }))
      .map((parts) => `{${parts.flat().join(', ')}}`);
    const text = fc
      .array(step, { maxLength: 12 })
      .map((steps) => `{"name": "n", "steps": [${steps.join(', ')}]}`);
    fc.assert(fc.property(text, comesToAnEnd), { seed: 3, numRuns: 500 });
  });

  it('traces with one token changed', () => {
    const change = fc.tuple(
      fc.constantFrom(...traces),
      fc.nat(),
      fc.oneof(oddValue, fc.constantFrom('', ',', '}', '"')),
    );
    const text = change.map(([trace, at, value]) => {
      const tokens = [...trace.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|[{}[\]:,]/g)];
      const token = tokens[at % tokens.length];
      return token ? trace.slice(0, token.index) + value + trace.slice(token.index + token[0].length) : trace;
    });
    fc.assert(fc.property(text, comesToAnEnd), { seed: 4, numRuns: 400 });
  });

  it('traces whose parameters are exchanged for others of their kind', () => {
    const numbers = fc.constantFrom(
      '0',
      '1',
      '4097',
      '2097152',
      '17592186044416',
      '140737488355328',
      '9223372036854775808',
    );
    const addresses = fc.constantFrom(
      '"0x0"',
      '"0x100000000"',
      '"0x100200001"',
      '"0x7fffffffe000"',
      '"0xfffffffffffff000"',
    );
    const change = fc.tuple(
      fc.constantFrom(...traces),
      fc.array(fc.tuple(fc.nat(), numbers, addresses), { maxLength: 12 }),
    );
    const text = change.map(([trace, changes]) => {
      let result = trace;
      for (const [at, number, address] of changes) {
        const places = [...result.matchAll(/"(addr|newAddr|start|len|newLen|vecLen)": ("[^"]*"|-?\d+)/g)];
        const place = places[at % places.length];
        if (!place) continue;
        const value = place[2]?.startsWith('"') ? address : number;
        result = `${result.slice(0, place.index)}"${place[1]}": ${value}${result.slice(place.index + place[0].length)}`;
      }
      return result;
    });
    fc.assert(fc.property(text, comesToAnEnd), { seed: 5, numRuns: 150 });
  }, 120_000);
});

describe('numbers in the input cost nothing', () => {
  const steps = [
    { op: 'mmap', addr: '0x100000000', len: 2 ** 46, prot: 'rw', kind: 'anon-private' },
    { op: 'ioctl', cmd: 'GET', start: '0x100000000', len: 2 ** 31 - 1, vecLen: 2 ** 31 - 1, flags: 0 },
    { op: 'read', addr: '0x100000000', len: 2 ** 45 },
    { op: 'write', addr: '0x100000000', len: 2 ** 47 },
    { op: 'madvise', addr: '0x100000000', len: 2 ** 46, advice: 'hugepage' },
    { op: 'madvise', addr: '0x100000000', len: 2 ** 46, advice: 'populate_write' },
    { op: 'madvise', addr: '0x100000000', len: 2 ** 46, advice: 'guard_install' },
    { op: 'pin', addr: '0x100000000', len: 2 ** 46 },
    { op: 'uffd_register', addr: '0x100000000', len: 2 ** 46 },
    { op: 'uffd_writeprotect', addr: '0x100000000', len: 2 ** 46 },
    { op: 'pagemap', addr: '0x100000000', len: '0xffffffffffffffff' },
    { op: 'pagemap_scan', start: 0, end: 2 ** 46, vecLen: 2 ** 40, returns: 511 },
    { op: 'mremap', addr: '0x100000000', len: 2 ** 45, newLen: 2 ** 45, newAddr: '0x400000000000' },
    { op: 'fork' },
    { op: 'munmap', addr: 0, len: 2 ** 46 },
  ];

  const [map, ...others] = steps;

  const named = others.map((step) => [[step.op, step.advice].join(' ').trim(), step] as const);

  it.each(named)('%s of more than there is', (_, step) => {
    const result = JSON.parse(runText(JSON.stringify({ name: 'wide', steps: [map, step] }), 'file.json')) as {
      steps: { result: unknown }[];
    };
    expect(JSON.stringify(result.steps[1]?.result).length).toBeLessThan(2000);
  });

  it('results that grow with every step end in an error', () => {
    const everyOther = { op: 'write', addr: '0x100000000', len: 1 };
    const writes = Array.from({ length: 200 }, (_, index) => ({
      ...everyOther,
      addr: 0x100000000 + index * 8192,
    }));
    const views = Array.from({ length: 6000 }, () => ({ op: 'pagemap', addr: '0x100000000', len: 2 ** 21 }));
    const allSteps = [map, { op: 'clear_refs' }, ...writes, ...views];
    expect(() => runText(JSON.stringify({ name: 'long', steps: allSteps }), 'file.json')).toThrow(
      /^file\.json: steps\[\d+\] \(pagemap\): the results list more than 1000000 entries$/,
    );
  });

  it('all of them in one scenario, within 1 GiB', () => {
    const before = process.memoryUsage().rss;
    expect(runText(JSON.stringify({ name: 'wide', steps }), 'file.json').length).toBeLessThan(20_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  });
});
