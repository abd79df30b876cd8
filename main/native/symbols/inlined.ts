import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { demangled } from './demangle.ts';
import type { Libdw } from './libdw.ts';

/** dwarf.h */
const TAG = {
  CLASS: 0x02,
  STRUCTURE: 0x13,
  UNION: 0x17,
  INLINED: 0x1d,
  SUBPROGRAM: 0x2e,
  NAMESPACE: 0x39,
} as const;
const NAMED_SCOPES: readonly number[] = [TAG.CLASS, TAG.STRUCTURE, TAG.UNION, TAG.NAMESPACE];
const AT = {
  ABSTRACT_ORIGIN: 0x31,
  SPECIFICATION: 0x47,
  CALL_FILE: 0x58,
  CALL_LINE: 0x59,
  LINKAGE_NAME: 0x6e,
  MIPS_LINKAGE_NAME: 0x2007,
} as const;
/** sizeof(Dwarf_Die) */
const DIE_BYTES = 32n;

/** A function at an address, and where its code was inlined. */
export interface InlinedFunction {
  readonly name: string | null;
  /** Place of the inlined call; null for the function that was not inlined. */
  readonly callFile: string | null;
  readonly callLine: number | null;
}

/** Reads which functions were inlined at an address, from DWARF. */
export class InlinedFunctions {
  private readonly library: Libdw;
  private readonly out = new NativeBuffer(64);

  constructor(library: Libdw) {
    this.library = library;
  }

  /** Innermost first, the function of the machine code last; empty if nothing was inlined or the file has no DWARF. */
  at(module: bigint, address: bigint): InlinedFunction[] {
    const { library, out } = this;
    const unit = BigInt(library.addrDie(module, address, out.address) ?? 0);
    if (unit === 0n) return [];
    const bias = out.u64[0];
    const innermost = this.innermost(unit, address - bias);
    if (innermost === null) return [];
    // dwarf_getscopes() continues with the scopes around the function's definition, dwarf_getscopes_die() with those
    // around the call.
    const count = Number(library.scopesOfDie(innermost.address, out.address));
    if (count <= 0) return [];
    const scopes = out.u64[0];
    const found: InlinedFunction[] = [];
    for (let i = 0n; i < BigInt(count); i++) {
      const die = scopes + i * DIE_BYTES;
      const tag = Number(library.tag(die));
      if (tag === TAG.INLINED)
        found.push({
          name: this.name(die),
          callFile: this.callFile(die, unit),
          callLine: this.number(die, AT.CALL_LINE),
        });
      else if (tag === TAG.SUBPROGRAM) {
        found.push({ name: this.name(die), callFile: null, callLine: null });
        break;
      }
    }
    library.free(scopes);
    return found.length > 1 ? found : [];
  }

  /** A copy of the innermost inlined function that holds the address. */
  private innermost(unit: bigint, address: bigint): NativeBuffer | null {
    const { library, out } = this;
    const count = Number(library.scopes(unit, address, out.address));
    if (count <= 0) return null;
    const scopes = out.u64[0];
    let found: NativeBuffer | null = null;
    for (let i = 0n; i < BigInt(count) && found === null; i++) {
      const tag = Number(library.tag(scopes + i * DIE_BYTES));
      if (tag === TAG.SUBPROGRAM) break;
      if (tag === TAG.INLINED) found = this.copied(scopes + i * DIE_BYTES);
    }
    library.free(scopes);
    return found;
  }

  private copied(die: bigint): NativeBuffer {
    const copy = new NativeBuffer(Number(DIE_BYTES));
    this.library.copy(copy.address, die, Number(DIE_BYTES));
    return copy;
  }

  private name(die: bigint): string | null {
    const { library, out } = this;
    const attribute = out.address + 16n;
    for (const which of [AT.LINKAGE_NAME, AT.MIPS_LINKAGE_NAME]) {
      if (BigInt(library.inheritedAttribute(die, which, attribute) ?? 0) === 0n) continue;
      const name = library.formString(attribute);
      if (typeof name === 'string') return demangled(library, name);
    }
    const name = library.dieName(die);
    return typeof name === 'string' ? [...this.scopeNames(die), name].join('::') : null;
  }

  /** Namespaces and classes around the function that was inlined, outermost first. */
  private scopeNames(die: bigint): string[] {
    const { library, out } = this;
    const attribute = out.address + 16n;
    if (BigInt(library.attribute(die, AT.ABSTRACT_ORIGIN, attribute) ?? 0) === 0n) return [];
    const origin = new NativeBuffer(Number(DIE_BYTES));
    if (BigInt(library.formDie(attribute, origin.address) ?? 0) === 0n) return [];
    // A definition outside its class or namespace refers to the declaration inside.
    if (BigInt(library.attribute(origin.address, AT.SPECIFICATION, attribute) ?? 0) !== 0n)
      library.formDie(attribute, origin.address);
    const count = Number(library.scopesOfDie(origin.address, out.address));
    if (count <= 0) return [];
    const scopes = out.u64[0];
    const names: string[] = [];
    for (let i = 1n; i < BigInt(count); i++) {
      const scope = scopes + i * DIE_BYTES;
      if (!NAMED_SCOPES.includes(Number(library.tag(scope)))) continue;
      const name = library.dieName(scope);
      names.unshift(typeof name === 'string' ? name : '(anonymous)');
    }
    library.free(scopes);
    return names;
  }

  private number(die: bigint, which: number): number | null {
    const { library, out } = this;
    const attribute = out.address + 16n;
    if (BigInt(library.attribute(die, which, attribute) ?? 0) === 0n) return null;
    return Number(library.formNumber(attribute, out.address + 8n)) === 0 ? Number(out.u64[1]) : null;
  }

  private callFile(die: bigint, unit: bigint): string | null {
    const { library, out } = this;
    const index = this.number(die, AT.CALL_FILE);
    if (index === null || Number(library.sourceFiles(unit, out.address, out.address + 8n)) !== 0) return null;
    const file = library.sourceFile(out.u64[0], index, 0, 0);
    return typeof file === 'string' ? file : null;
  }
}
