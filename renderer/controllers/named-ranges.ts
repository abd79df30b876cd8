import { InspectorError, type InspectorErrorData } from '#shared/contract/errors.ts';
import type { Shell } from '#shared/contract/shell.ts';
import { addressOfPage, formatAddress } from '#shared/memory/page.ts';
import { type PageRange, rangePages } from '#shared/memory/range.ts';
import {
  parseRanges,
  type ExchangedRange,
  type LocatedRange,
  type ParsedRanges,
} from '#shared/ranges/exchange.ts';
import { locate, pagesOf, placeAt } from '#shared/ranges/locate.ts';
import {
  MAX_NAMED_RANGES,
  type NamedRange,
  namedRangeSchema,
  namedRangesSchema,
  type ProgramIdentity,
  rangeNameSchema,
} from '#shared/ranges/named-range.ts';
import { identityOf } from '#shared/ranges/program-files.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { LatestOnly } from './latest-only.ts';

/** A named range in the open program. */
export interface ShownRange extends LocatedRange {
  /** The pages that it touches; null: it is not there. */
  readonly pages: PageRange | null;
  /** Why it is not there; empty if it is. */
  readonly reason: string;
}

export interface NamedRangesStore {
  /** All of them, by name. */
  readonly all: readonly ShownRange[];
  /** Those that are in the open program, by address. */
  readonly shown: readonly (ShownRange & { readonly pages: PageRange })[];
  /** The list, or the range that is about to be named, is open. */
  readonly dialog: { readonly kind: 'list' } | { readonly kind: 'name'; readonly range: PageRange } | null;
  /** Result of the last import; null: none. */
  readonly imported:
    | (ParsedRanges & { readonly file: string; readonly added: number; readonly known: number })
    | null;
  readonly failure: InspectorErrorData | null;
}

interface NamedRangesInput {
  readonly frames: FrameStore;
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly shell: Shell | undefined;
}

/** The ranges that have a byte in `page`, the largest first. */
export const rangesAt = (shown: NamedRangesStore['shown'], page: number): NamedRangesStore['shown'] =>
  shown
    .filter(({ pages }) => pages.start <= page && page < pages.end)
    .sort((a, b) => Number(b.range.length) - Number(a.range.length));

/** How often the mapped files are read again if a new one is mapped, in ms. */
const FILES_AGAIN_MS = 1000;

/** Ranges that the user named: kept by the shell, found again in each program by build id and offset, or by address. */
export class NamedRangesController {
  readonly store: StoreApi<NamedRangesStore> = createStore<NamedRangesStore>(() => ({
    ...{ all: [], shown: [], dialog: null, imported: null, failure: null },
  }));
  private readonly input: NamedRangesInput;
  private ranges: readonly NamedRange[] = [];
  private identity: ProgramIdentity = { program: '', buildIds: new Map() };
  private readonly identifies = new LatestOnly<string>((source) => this.identify(source));
  private source = '';
  private unknownFiles = false;
  private readonly loaded: Promise<void>;
  private saving: Promise<void> = Promise.resolve();

  constructor(input: NamedRangesInput) {
    this.input = input;
    this.loaded = this.load();
    input.frames.listen({
      applied: (_tiles, vmas) => {
        if (vmas) this.mappingsChanged();
      },
      reset: () => this.refresh(),
    });
    input.session.subscribe(() => this.sourceChanged());
  }

  /** The range of this name in the open program; null if there is none. */
  find(name: string): NamedRangesStore['shown'][number] | null {
    return this.store.getState().shown.find(({ range }) => range.name === name) ?? null;
  }

  open(dialog: NamedRangesStore['dialog']): void {
    this.store.setState({ dialog, imported: null, failure: null });
  }

  /** Names whole pages. Rejects if the name does not fit, or too many are kept. */
  add(name: string, range: PageRange): Promise<void> {
    const place = placeAt(addressOfPage(range.start), this.input.frames.vmas, this.identity);
    const length = `0x${(BigInt(rangePages(range)) * 4096n).toString(16)}`;
    const named = { id: crypto.randomUUID(), name: checkedName(name), place, length };
    return this.change((ranges) => [...ranges, named]);
  }

  rename(id: string, name: string): Promise<void> {
    const checked = checkedName(name);
    return this.change((ranges) => ranges.map((one) => (one.id === id ? { ...one, name: checked } : one)));
  }

  remove(id: string): Promise<void> {
    return this.change((ranges) => ranges.filter((one) => one.id !== id));
  }

  /** Adds the good rows of a file that are not there yet; the bad ones are in the store with their reasons. */
  async import(file: string, text: string): Promise<void> {
    const parsed = parseRanges(text);
    let [added, known] = [0, 0];
    await this.change((ranges) => {
      const keys = new Set(ranges.map(keyOf));
      const fresh: NamedRange[] = [];
      for (const one of parsed.ranges) {
        const named = this.namedOf(one);
        if (keys.has(keyOf(named))) known++;
        else {
          keys.add(keyOf(named));
          fresh.push(named);
        }
      }
      added = fresh.length;
      return [...ranges, ...fresh];
    });
    if (this.store.getState().failure === null)
      this.store.setState({ imported: { ...parsed, file, added, known } });
  }

  private namedOf({ name, start, length, place }: ExchangedRange): NamedRange {
    const { vmas } = this.input.frames;
    return namedRangeSchema.parse({
      ...{ id: crypto.randomUUID(), name, length: formatAddress(length) },
      place: place ?? placeAt(start ?? 0n, vmas, this.identity),
    });
  }

  private async load(): Promise<void> {
    try {
      this.ranges = namedRangesSchema.parse((await this.input.shell?.namedRanges()) ?? []);
    } catch (cause) {
      this.store.setState({ failure: errorData(cause) });
    }
    this.refresh();
  }

  /** Changes the list and has it kept; if that fails, the list is the previous one. */
  private async change(task: (ranges: readonly NamedRange[]) => readonly NamedRange[]): Promise<void> {
    const work = async (): Promise<void> => {
      await this.loaded;
      const next = task(this.ranges);
      try {
        if (next.length > MAX_NAMED_RANGES)
          throw new InspectorError(
            'bad-request',
            `There would be ${next.length} named ranges, more than ${MAX_NAMED_RANGES}.`,
            'Remove some of them.',
          );
        await this.input.shell?.saveNamedRanges(next);
        this.ranges = next;
        this.store.setState({ failure: null });
      } catch (cause) {
        this.store.setState({ failure: errorData(cause) });
      }
      this.refresh();
    };
    this.saving = this.saving.then(work);
    await this.saving;
  }

  private sourceChanged(): void {
    const { description, capabilities } = this.input.session.getState().state?.source ?? {};
    const source = description
      ? `${description.kind} ${description.detail} ${capabilities?.objects === true}`
      : '';
    if (source === this.source || description === undefined) return;
    this.source = source;
    this.identity = {
      program: `${description.kind}:${description.title}`.slice(0, 4096),
      buildIds: new Map(),
    };
    this.refresh();
    if (capabilities?.objects === true) this.identifies.request(source);
  }

  private mappingsChanged(): void {
    this.refresh();
    if (this.unknownFiles || this.identity.buildIds.size === 0) return;
    const { buildIds } = this.identity;
    const isUnknown = this.input.frames.vmas.some(
      ({ kind, name }) => kind.startsWith('file') && name.startsWith('/') && !buildIds.has(name),
    );
    if (!isUnknown) return;
    this.unknownFiles = true;
    setTimeout(() => {
      this.unknownFiles = false;
      this.identifies.request(this.source);
    }, FILES_AGAIN_MS);
  }

  private async identify(source: string): Promise<void> {
    try {
      const identity = identityOf(await this.input.link.call('program.files', {}));
      if (source !== this.source) return;
      this.identity = identity;
      this.refresh();
    } catch {
      // The source is closed: ranges are found by path.
    }
  }

  private refresh(): void {
    const { vmas } = this.input.frames;
    const all = this.ranges
      .map((range): ShownRange => {
        const found = locate(range.place, vmas, this.identity);
        if (!found.ok) return { range, start: null, pages: null, reason: found.reason };
        const pages = pagesOf({ start: found.start, length: BigInt(range.length) });
        return { range, start: found.start, pages, reason: '' };
      })
      .sort((a, b) => a.range.name.localeCompare(b.range.name));
    const shown = all
      .flatMap((one) => (one.pages === null ? [] : [{ ...one, pages: one.pages }]))
      .sort((a, b) => a.pages.start - b.pages.start || b.pages.end - a.pages.end);
    this.store.setState({ all, shown });
  }
}

function checkedName(name: string): string {
  const parsed = rangeNameSchema.safeParse(name.trim());
  if (parsed.success) return parsed.data;
  throw new InspectorError('bad-request', 'A name is one line of 1 to 80 characters.');
}

const keyOf = ({ name, place, length }: NamedRange): string => JSON.stringify([name, place, length]);
