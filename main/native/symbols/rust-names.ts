import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Longer names are returned unchanged. */
const MAX_NAME = 16_384;

/** The part of WebAssembly that is used; its types are only in the DOM's library. */
interface WasmTable {
  grow(entries: number): number;
  set(index: number, value: unknown): void;
}
const wasm = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
    };
  }
).WebAssembly;

/** The package's functions; wasm-bindgen compiled it from the crates rustc-demangle and cpp_demangle. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly __wbindgen_export_0: WasmTable;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_free(at: number, bytes: number, alignment: number): void;
  __wbindgen_start(): void;
  /** Frees its argument, and returns where the result is. */
  demangle_any(at: number, bytes: number): [at: number, bytes: number];
}

/** Null if the package is missing. */
let module: object | null | undefined;
let running: Exports | null = null;

/**
 * A Rust name demangled, v0 (`_R…`, RFC 2603) or legacy; any other name is unchanged, and every name if the package is
 * missing.
 */
export function rustName(name: string): string {
  if (name.length > MAX_NAME) return name;
  module ??= module === undefined ? load() : null;
  if (module === null) return name;
  try {
    return demangle((running ??= start(module)), name);
  } catch {
    // A failure may have corrupted its memory.
    running = null;
    return name;
  }
}

function load(): object | null {
  try {
    const path = createRequire(import.meta.url).resolve('gecko-profiler-demangle/index_bg.wasm');
    return new wasm.Module(readFileSync(path));
  } catch {
    return null;
  }
}

function start(of: object): Exports {
  const { exports } = new wasm.Instance(of, {
    './index_bg.js': {
      __wbindgen_init_externref_table: () => {
        const { __wbindgen_export_0: table } = own;
        const offset = table.grow(4);
        table.set(0, undefined);
        [undefined, null, true, false].forEach((value, i) => table.set(offset + i, value));
      },
    },
  });
  const own = exports as Exports;
  own.__wbindgen_start();
  return own;
}

function demangle(library: Exports, name: string): string {
  const bytes = Buffer.from(name, 'utf8');
  const at = library.__wbindgen_malloc(bytes.length, 1);
  new Uint8Array(library.memory.buffer).set(bytes, at);
  const [result, length] = library.demangle_any(at, bytes.length);
  const text = Buffer.from(library.memory.buffer, result, length).toString('utf8');
  library.__wbindgen_free(result, length, 1);
  // The package treats unknown names as those of macOS, which have a leading underscore.
  return text === name.slice(1) ? name : text;
}
