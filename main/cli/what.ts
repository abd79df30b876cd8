import { InspectorError } from '#shared/contract/errors.ts';
import { formatAddress, parseBytes } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { checkReadable } from '../native/attach/preconditions.ts';
import { type DataPlace, dataPlace } from '../native/symbols/data-place.ts';
import { Symbols } from '../native/symbols/symbols.ts';
import { findVariable } from '../native/symbols/variable.ts';
import { EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { BadValue } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { printable } from './terminal-text.ts';
import { processNumber } from './process-options.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty what')
    .usage('--pid N (--at A | --symbol NAME) [--json]')
    .description(
      'Shows what is at an address of a running process: the global variable, the block of the heap, the thread whose stack it is, the file and the position in it. Only reads; nothing is stopped.',
    )
    .option('--pid <N>', 'the process (see "soft-dirty ps")')
    .option('--at <A>', 'the address: hexadecimal with 0x, or decimal')
    .option('--symbol <NAME>', 'the address of this global variable')
    .option('--json', 'one JSON object', false);

const notes = `The JSON object:
  {"address":"0x...","mapping":{"start":"0x...","end":"0x...","name":"...","fileOffset":"0x..."},
   "symbol":{"name":"...","offset":"0x...","bytes":N},"thread":{"tid":N,"name":"..."},
   "chunk":{"address":"0x...","bytes":N,"inUse":true}}        null if it does not apply
"chunk" is a block of glibc's malloc in [heap], found by walking through the blocks: null while they change, and for other
allocators. A free block that the allocator keeps for the next request of its size (tcache, fastbins) counts as in use.

Exit codes: 0 done; 1 nothing is mapped there, or the process may not be read; 2 wrong usage.
`;

export const whatCommand: Command = {
  syntax,
  notes,
  run: withOptions('what', parse, run),
};

function run(options: Options, output: Output): number {
  const { pid, json } = options;
  checkReadable(pid);
  const symbols = new Symbols(pid);
  try {
    if (symbols.limitation !== null) output.error(`soft-dirty what: ${symbols.limitation}\n`);
    const address = options.address ?? addressOf(options, symbols);
    const place = dataPlace(pid, address, symbols);
    if (place === null)
      throw new InspectorError('bad-request', `Nothing is mapped at ${formatAddress(address)}.`);
    output.out(json ? `${JSON.stringify({ address, ...place }, asText)}\n` : dataPlaceText(address, place));
    return EXIT_OK;
  } finally {
    symbols.close();
  }
}

interface Options {
  readonly pid: number;
  /** Null: that of `symbol`. */
  readonly address: bigint | null;
  readonly symbol: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): Options {
  const { values } = parseArguments<{
    readonly pid?: string;
    readonly at?: string;
    readonly symbol?: string;
    readonly json: boolean;
  }>(syntax(), args);
  const { pid, at, symbol, json } = values;
  if (pid === undefined) throw new BadValue('which process? --pid N is missing');
  if ((at === undefined) === (symbol === undefined))
    throw new BadValue('which address? One of --at A and --symbol NAME');
  const address = at === undefined ? null : parseBytes(at);
  if (at !== undefined && (address === null || address >= 2n ** 64n))
    throw new BadValue(`--at takes an address below 2^64, not ${JSON.stringify(at)}`);
  return { pid: processNumber(pid), address, symbol: symbol ?? '', json };
}

function addressOf({ pid, symbol }: Options, symbols: Symbols): bigint {
  return findVariable(symbols, pid, symbol).address;
}

const asText = (_key: string, value: unknown) => (typeof value === 'bigint' ? formatAddress(value) : value);

function dataPlaceText(address: bigint, { mapping, symbol, thread, chunk }: DataPlace): string {
  const lines = [
    `${formatAddress(address)}`,
    `mapping  ${formatAddress(mapping.start)}-${formatAddress(mapping.end)} ${mapping.name}`,
  ];
  if (mapping.fileOffset !== null) lines.push(`file     offset ${formatAddress(mapping.fileOffset)}`);
  if (symbol)
    lines.push(`symbol   ${symbol.name}+${formatAddress(symbol.offset)} of ${plural(symbol.bytes, 'byte')}`);
  if (thread) lines.push(`stack    of thread ${thread.tid} (${thread.name})`);
  if (chunk) {
    const { address: start, bytes, inUse } = chunk;
    lines.push(`block    ${formatAddress(start)} of ${plural(bytes, 'byte')}, ${inUse ? 'in use' : 'free'}`);
  }
  return `${lines.map(printable).join('\n')}\n`;
}
