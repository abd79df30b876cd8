import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

type Argument = number | bigint | string | null;
type Call = (...args: Argument[]) => number | bigint | string | null;
/** A callback for libdw; all its parameters are words. */
type Callback = (...args: (number | bigint)[]) => number | boolean;

/** libdw's functions under shorter names; pointers are numbers. */
export interface Libdw {
  readonly begin: Call;
  readonly report: Call;
  readonly reportEnd: Call;
  readonly addrModule: Call;
  readonly moduleInfo: Call;
  readonly addrInfo: Call;
  readonly elf: Call;
  readonly buildId: Call;
  readonly source: Call;
  readonly lineInfo: Call;
  readonly end: Call;
  readonly modules: Call;
  readonly symbolCount: Call;
  readonly symbolInfo: Call;
  readonly attachState: Call;
  readonly threadFrames: Call;
  readonly framePc: Call;
  readonly threadRegisters: Call;
  readonly addrDie: Call;
  readonly scopes: Call;
  readonly scopesOfDie: Call;
  readonly tag: Call;
  readonly dieName: Call;
  readonly attribute: Call;
  readonly inheritedAttribute: Call;
  readonly formDie: Call;
  readonly formString: Call;
  readonly formNumber: Call;
  readonly sourceFiles: Call;
  readonly sourceFile: Call;
  /** dwfl_module_eh_cfi, dwfl_module_dwarf_cfi */
  readonly ehCfi: Call;
  readonly dwarfCfi: Call;
  readonly cfiFrame: Call;
  readonly free: Call;
  readonly copy: Call;
  /** strdup */
  readonly duplicate: Call;
  /** dwfl_linux_proc_find_elf, for modules that are not files. */
  readonly findVdso: Call;
  readonly demangle: Call | null;
  readonly callbacks: NativeBuffer;
  /** The address of a function that calls `callback`; it is never freed. */
  callback(result: 'int' | 'bool', parameters: number, callback: Callback): bigint;
}

const RTLD_NOW = 2;
let loaded: Libdw | null | undefined;

/** libdw of elfutils through koffi; null if it is not installed (Debian's package libdw1). */
export function libdw(): Libdw | null {
  if (loaded !== undefined) return loaded;
  loaded = null;
  try {
    loaded = load();
  } catch {
    // Too old, or of another system.
  }
  return loaded;
}

function load(): Libdw | null {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  // Debug information must never be requested from debuginfod servers.
  delete process.env['DEBUGINFOD_URLS'];
  const word = 'uintptr_t';
  const libc = koffi.load(null);
  const open = libc.func('dlopen', word, ['str', 'int']) as unknown as Call;
  const symbol = libc.func('dlsym', word, [word, 'str']) as unknown as Call;
  const handle = BigInt(open('libdw.so.1', RTLD_NOW) ?? 0);
  if (handle === 0n) return null;
  const library = koffi.load('libdw.so.1');
  const declare = (name: string, result: string, parameters: string[]) =>
    library.func(name, result, parameters) as unknown as Call;
  const words = (count: number) => Array.from({ length: count }, () => word);
  // find_elf, the first callback, is that of ModuleFiles.
  const callbacks = new NativeBuffer(32);
  callbacks.u64[1] = BigInt(symbol(handle, 'dwfl_standard_find_debuginfo') ?? 0);
  let types = 0;
  return {
    begin: declare('dwfl_begin', word, [word]),
    report: declare('dwfl_linux_proc_report', 'int', [word, 'int']),
    reportEnd: declare('dwfl_report_end', 'int', words(3)),
    addrModule: declare('dwfl_addrmodule', word, words(2)),
    moduleInfo: declare('dwfl_module_info', 'str', words(8)),
    addrInfo: declare('dwfl_module_addrinfo', 'str', words(7)),
    elf: declare('dwfl_module_getelf', word, words(2)),
    buildId: declare('dwfl_module_build_id', 'int', words(3)),
    source: declare('dwfl_module_getsrc', word, words(2)),
    lineInfo: declare('dwfl_lineinfo', 'str', words(6)),
    end: declare('dwfl_end', 'void', [word]),
    modules: declare('dwfl_getmodules', 'long', [word, word, word, 'long']),
    symbolCount: declare('dwfl_module_getsymtab', 'int', [word]),
    symbolInfo: declare('dwfl_module_getsym_info', 'str', [word, 'int', word, word, word, word, word]),
    attachState: declare('dwfl_attach_state', 'bool', [word, word, 'int', word, word]),
    threadFrames: declare('dwfl_getthread_frames', 'int', [word, 'int', word, word]),
    framePc: declare('dwfl_frame_pc', 'bool', words(3)),
    threadRegisters: declare('dwfl_thread_state_registers', 'bool', [word, 'int', 'uint', word]),
    addrDie: declare('dwfl_module_addrdie', word, words(3)),
    scopes: declare('dwarf_getscopes', 'int', words(3)),
    scopesOfDie: declare('dwarf_getscopes_die', 'int', words(2)),
    tag: declare('dwarf_tag', 'int', [word]),
    dieName: declare('dwarf_diename', 'str', [word]),
    attribute: declare('dwarf_attr', word, [word, 'uint', word]),
    inheritedAttribute: declare('dwarf_attr_integrate', word, [word, 'uint', word]),
    formDie: declare('dwarf_formref_die', word, words(2)),
    formString: declare('dwarf_formstring', 'str', [word]),
    formNumber: declare('dwarf_formudata', 'int', words(2)),
    sourceFiles: declare('dwarf_getsrcfiles', 'int', words(3)),
    sourceFile: declare('dwarf_filesrc', 'str', words(4)),
    ehCfi: declare('dwfl_module_eh_cfi', word, words(2)),
    dwarfCfi: declare('dwfl_module_dwarf_cfi', word, words(2)),
    cfiFrame: declare('dwarf_cfi_addrframe', 'int', words(3)),
    free: libc.func('free', 'void', [word]) as unknown as Call,
    copy: libc.func('memcpy', word, [word, word, 'size_t']) as unknown as Call,
    duplicate: libc.func('strdup', word, ['str']) as unknown as Call,
    findVdso: declare('dwfl_linux_proc_find_elf', 'int', words(6)),
    demangle: loadDemangler(koffi),
    callbacks,
    callback: (result, parameters, callback) => {
      const type = koffi.proto(`libdw_callback_${++types}`, result, words(parameters));
      return BigInt(koffi.register(callback, koffi.pointer(type)) as unknown as bigint);
    },
  };
}

function loadDemangler(koffi: typeof Koffi): Call | null {
  const word = 'uintptr_t';
  try {
    return (
      koffi
        .load('libstdc++.so.6')
        // The result is malloc'ed, and freed by koffi.
        .func('__cxa_demangle', 'str!', ['str', word, word, word]) as unknown as Call
    );
  } catch {
    return null;
  }
}
