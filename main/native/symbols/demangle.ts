import type { Libdw } from './libdw.ts';

/** A name as its source has it: C++ by the Itanium ABI, and Rust's older names, which are these with a hash at the end. */
export function demangled(library: Pick<Libdw, 'demangle'>, name: string): string {
  if (library.demangle === null || !name.startsWith('_Z')) return name;
  const result = library.demangle(name, 0, 0, 0);
  return typeof result === 'string' ? result.replace(/::h[0-9a-f]{16}$/, '') : name;
}
