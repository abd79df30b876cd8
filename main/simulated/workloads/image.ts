import { VM_EXEC, VM_READ, VM_WRITE } from '../mm/vma-flags.ts';
import type { Program } from './program.ts';
import { Region } from './region.ts';

/** What exec() leaves of a position-dependent program on x86-64 without address randomisation. */
const TEXT = 0x5555_5555_4;
const LIBC = 0x7fff_f7d8_0;
const LINKER = 0x7fff_f7fc_7;
const VVAR = 0x7fff_f7fc_1;
const VDSO = 0x7fff_f7fc_5;
const STACK_PAGES = 33;
const STACK_END = 0x7_ffff_ffff;

export interface Image {
  /** The program's own variables. */
  readonly data: Region;
  readonly heap: Region;
  /** Grows down: its last pages are in use. */
  readonly stack: Region;
}

/** Loads a program: its segments, the C library, the dynamic linker, vDSO, heap and stack, and what starting writes. */
export function loadImage(program: Program, path: string, heapPages: number): Image {
  const data = segments(program, path, TEXT, [1, 2, 1], 1);
  segments(program, '/usr/lib/x86_64-linux-gnu/libc.so.6', LIBC, [38, 344, 85], 4);
  segments(program, '/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', LINKER, [1, 38, 10], 2);
  program.map('[vvar]', 4, { kind: 'special', rights: VM_READ, page: VVAR });
  program.map('[vdso]', 2, { kind: 'special', rights: VM_READ | VM_EXEC, page: VDSO });
  const heap = new Region('[heap]', program.process.mm.heapPage, 0);
  program.regions.push(heap);
  program.setHeap(heap, heapPages);
  const stack = program.map('[stack]', STACK_PAGES, { page: STACK_END - STACK_PAGES });
  program.write(stack, STACK_PAGES - 4, 4);
  program.write(heap, 0);
  return { data, heap, stack };
}

/** Read-only, executable, constant and writable segments; the writable one, relocated. */
function segments(
  program: Program,
  path: string,
  page: number,
  [head, text, constants]: readonly [number, number, number],
  data: number,
): Region {
  const first = program.map(path, head, { kind: 'file-private', rights: VM_READ, page });
  const code = program.mapMore(first, text, VM_READ | VM_EXEC);
  const rest = program.mapMore(code, constants, VM_READ);
  program.read(code, 0, text);
  const variables = program.mapMore(rest, data, VM_READ | VM_WRITE);
  program.write(variables, 0, data);
  return variables;
}
