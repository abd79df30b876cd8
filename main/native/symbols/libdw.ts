import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

type Call = (...args: (number | bigint | string | null)[]) => number | bigint | string | null;

export interface Libdw {
  readonly begin: Call;
  readonly report: Call;
  readonly reportEnd: Call;
  readonly addrModule: Call;
  readonly moduleInfo: Call;
  readonly addrInfo: Call;
  readonly source: Call;
  readonly lineInfo: Call;
  readonly end: Call;
  readonly demangle: Call | null;
  readonly callbacks: NativeBuffer;
}

const RTLD_NOW = 2;
let loaded: Libdw | null | undefined;

/** libdw of elfutils through koffi; null where it is not installed (Debian's package libdw1). */
export function libdw(): Libdw | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  try {
    // A search for debug information on servers of others is never wanted.
    delete process.env['DEBUGINFOD_URLS'];
    const libc = koffi.load(null);
    const open = libc.func('dlopen', 'uintptr_t', ['str', 'int']) as unknown as (
      name: string,
      flags: number,
    ) => bigint;
    const symbol = libc.func('dlsym', 'uintptr_t', ['uintptr_t', 'str']) as unknown as (
      library: bigint,
      name: string,
    ) => bigint;
    const handle = open('libdw.so.1', RTLD_NOW);
    if (BigInt(handle) === 0n) return null;
    const library = koffi.load('libdw.so.1');
    const word = 'uintptr_t';
    const declare = (name: string, result: string, parameters: string[]) =>
      library.func(name, result, parameters) as unknown as Call;
    const callbacks = new NativeBuffer(32);
    callbacks.u64[0] = BigInt(symbol(handle, 'dwfl_linux_proc_find_elf'));
    callbacks.u64[1] = BigInt(symbol(handle, 'dwfl_standard_find_debuginfo'));
    let demangle: Call | null = null;
    try {
      demangle = koffi
        .load('libstdc++.so.6')
        // The result is malloc'ed, and freed by koffi.
        .func('__cxa_demangle', 'str!', ['str', word, word, word]) as unknown as Call;
    } catch {
      // Names stay mangled.
    }
    loaded = {
      begin: declare('dwfl_begin', word, [word]),
      report: declare('dwfl_linux_proc_report', 'int', [word, 'int']),
      reportEnd: declare('dwfl_report_end', 'int', [word, word, word]),
      addrModule: declare('dwfl_addrmodule', word, [word, word]),
      moduleInfo: declare('dwfl_module_info', 'str', [word, word, word, word, word, word, word, word]),
      addrInfo: declare('dwfl_module_addrinfo', 'str', [word, word, word, word, word, word, word]),
      source: declare('dwfl_module_getsrc', word, [word, word]),
      lineInfo: declare('dwfl_lineinfo', 'str', [word, word, word, word, word, word]),
      end: declare('dwfl_end', 'void', [word]),
      demangle,
      callbacks,
    };
  } catch {
    loaded = null;
  }
  return loaded;
}
