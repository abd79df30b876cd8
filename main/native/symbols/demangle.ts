import type { Libdw } from './libdw.ts';
import { rustName } from './rust-names.ts';

/** Rust's legacy mangling: that of the Itanium ABI with a hash at the end. */
const OLDER_RUST = /^_ZN.*17h[0-9a-f]{16}E/;
const HASH = /::h[0-9a-f]{16}$/;

/** The demangled name: C++ by the Itanium ABI, Rust's legacy and v0 mangling. */
export function demangled(library: Pick<Libdw, 'demangle'>, name: string): string {
  if (name.startsWith('_R') || OLDER_RUST.test(name)) {
    const found = rustName(name);
    if (found !== name) return found.replace(HASH, '');
  }
  if (library.demangle === null || !name.startsWith('_Z')) return name;
  const result = library.demangle(name, 0, 0, 0);
  return typeof result === 'string' ? result.replace(HASH, '') : name;
}
