/** Code of Windows programs and libraries under Wine, by their exports: `npm run test:wine`. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Symbols } from '../../native/symbols/symbols.ts';
import { WineProgram } from './wine-program.ts';

/** Image base that mingw-w64's linker sets. */
const PREFERRED_BASE = 0x140000000n;

let wine: WineProgram;
let symbols: Symbols;
beforeAll(async () => {
  wine = await WineProgram.start();
  symbols = new Symbols(wine.pid);
});
afterAll(async () => {
  symbols.close();
  await wine.end();
});

it('names exported functions, and no others', async () => {
  const { exported, own, library } = await wine.code();
  const module = expect.stringMatching(/write-watch\.exe$/) as string;
  const [line = ''] = /^.*write-watch\.exe$/m.exec(readFileSync(`/proc/${wine.pid}/maps`, 'latin1')) ?? [];
  const start = BigInt(`0x${line.split('-')[0]}`);
  const unknown = { file: null, line: null };
  expect(symbols.place(exported + 1n)).toEqual({
    ...{ function: 'store', module, offset: PREFERRED_BASE + exported + 1n - start, ...unknown },
  });
  expect(symbols.place(own + 4n)).toEqual({
    ...{ function: null, module, offset: PREFERRED_BASE + own + 4n - start, ...unknown },
  });
  expect(symbols.place(library)).toMatchObject({
    function: 'GetWriteWatch',
    module: expect.stringMatching(/kernelbase\.dll$/) as string,
  });
});
