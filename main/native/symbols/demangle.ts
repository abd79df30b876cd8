import type { Libdw } from './libdw.ts';
import { rustName } from './rust-names.ts';

/** A name as its source has it: C++ by the Itanium ABI, Rust's older names, which are these with a hash at the end, and its v0 names. */
export function demangled(library: Pick<Libdw, 'demangle'>, name: string): string {
  if (name.startsWith('_R')) return rustName(name);
  if (library.demangle === null || !name.startsWith('_Z')) return name;
  const result = library.demangle(name, 0, 0, 0);
  return typeof result === 'string' ? result.replace(/::h[0-9a-f]{16}$/, '') : name;
}
