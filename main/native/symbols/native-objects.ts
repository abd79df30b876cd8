import { InspectorError } from '#shared/contract/errors.ts';
import { addressOfPage, PAGE_SIZE } from '#shared/memory/page.ts';
import type { ProgramFiles } from '#shared/ranges/program-files.ts';
import {
  type FoundSymbol,
  MAX_PAGE_OBJECTS,
  MAX_SYMBOL_NAME,
  type PageObject,
  type PageObjects,
} from '#shared/source/page-objects.ts';
import type { ProgramObjects } from '#shared/source/source.ts';
import { memoryThread } from '../process/status.ts';
import { Mappings } from '../writers/mappings.ts';
import { threadOn } from './data-place.ts';
import { DataSymbols } from './data-symbols.ts';
import { heapChunks } from './heap-chunk.ts';
import { inSlices } from './in-slices.ts';
import { programFiles } from './program-files.ts';
import { Symbols } from './symbols.ts';
import { threadLocal } from './variable.ts';

/** Variables and heap blocks of a running process, by libdw and by glibc's heap. Nothing is read before the first request. */
export class NativeObjects implements ProgramObjects {
  private readonly pid: number;
  private symbols: Symbols | null = null;
  private index: DataSymbols | null = null;
  private readonly buildIds = new Map<string, string | null>();
  private readonly closing = new AbortController();
  /** Requests are served one after another. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(pid: number) {
    this.pid = pid;
  }

  objects(page: number): Promise<PageObjects> {
    return this.inTurn(() => this.readObjects(page));
  }

  symbol(name: string): Promise<FoundSymbol | null> {
    return this.inTurn(async () => {
      const { signal } = this.closing;
      const symbols = this.open();
      const found = await inSlices((await this.indexed(symbols)).named(name), signal);
      if (found === null && symbols.limitation !== null)
        throw new InspectorError('unsupported', symbols.limitation);
      const local = found === null ? threadLocal(symbols, name) : null;
      if (local !== null) throw local;
      return found && { name: cut(found.name), start: found.address, bytes: found.bytes };
    });
  }

  files(): Promise<ProgramFiles> {
    return this.inTurn(() => Promise.resolve(programFiles(this.pid, this.buildIds)));
  }

  close(): void {
    this.closing.abort(new InspectorError('no-source', 'This source was closed.'));
    this.symbols?.close();
    this.symbols = null;
    this.index = null;
  }

  private async readObjects(page: number): Promise<PageObjects> {
    const start = addressOfPage(page);
    const end = start + BigInt(PAGE_SIZE);
    const symbols = this.open();
    const limits = symbols.limitation === null ? [] : [symbols.limitation];
    const objects: PageObject[] = (await this.indexed(symbols))
      .within(start, end)
      .map(({ name, address, bytes }) => ({ kind: 'symbol', name: cut(name), start: address, bytes }));
    // A thread's link is there even if the main thread has ended.
    const pid = memoryThread(this.pid);
    const mappings = new Mappings(pid);
    mappings.refresh();
    const vma = mappings.at(page);
    if (vma?.kind === 'heap') {
      const walk = await inSlices(heapChunks(pid, vma, { start, end }), this.closing.signal);
      for (const { address, bytes, inUse } of walk.chunks)
        objects.push({ kind: 'heap-block', start: address, bytes, inUse });
      if (!walk.complete)
        limits.push(
          'The blocks of [heap] could not be followed up to this page: the program changed them meanwhile, or its allocator is not glibc’s.',
        );
    }
    const listed = objects.slice(0, MAX_PAGE_OBJECTS);
    return {
      page,
      objects: listed,
      more: objects.length - listed.length,
      thread: vma ? threadOn(pid, vma) : null,
      limits,
    };
  }

  private open(): Symbols {
    return (this.symbols ??= new Symbols(memoryThread(this.pid)));
  }

  private async indexed(symbols: Symbols): Promise<DataSymbols> {
    if (symbols.refresh()) this.index = null;
    this.index ??= await inSlices(
      DataSymbols.of(symbols.dataSymbols(), (name) => symbols.demangled(name)),
      this.closing.signal,
    );
    return this.index;
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last.then(() => {
      this.closing.signal.throwIfAborted();
      return task();
    });
    this.last = result.catch(() => undefined);
    return result;
  }
}

const cut = (name: string): string => name.slice(0, MAX_SYMBOL_NAME);
