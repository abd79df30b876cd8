import type { CommandReply } from '#shared/contract/commands.ts';
import { pageOfAddress, PAGE_SIZE, pagesOfBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { OperationName, OperationRequest } from '#shared/source/operation.ts';
import type { StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import { formOfRange, parseForm } from '../stores/operation-form.ts';
import {
  createOperationsStore,
  EMPTY_FORM,
  LOG_KEPT,
  type LogEntry,
  type OperationForm,
  type OperationsStore,
} from '../stores/operations-store.ts';
import type { SelectionStore } from '../stores/selection-store.ts';

/** The three operations of the ioctl and clear_refs, as the window runs them: form, log, result. */
export class Operations {
  readonly store: StoreApi<OperationsStore> = createOperationsStore();
  private readonly link: EngineLink;
  private lastId = 0;

  /** The form follows the selection. */
  constructor(link: EngineLink, selection: StoreApi<SelectionStore>) {
    this.link = link;
    selection.subscribe(({ range }, before) => {
      if (range && range !== before.range) this.edit(formOfRange(range));
    });
  }

  edit(change: Partial<OperationsStore['form']>): void {
    this.store.setState(({ form }) => ({ form: { ...form, ...change } }));
  }

  /** Runs the form's operation. False if a field has to be corrected first. */
  async runForm(op: OperationName): Promise<boolean> {
    const { form } = this.store.getState();
    const parsed = parseForm(op, form);
    if (!parsed.ok) return false;
    await this.run(parsed.request, form);
    return true;
  }

  /** @param typed the form's fields, if the request was made from them */
  async run(request: OperationRequest, typed: OperationForm | null = null): Promise<LogEntry> {
    return this.logged(request.op, request, typed, async () => this.link.call('operation.run', request));
  }

  async clearRefs(): Promise<LogEntry> {
    return this.logged('clear_refs', null, null, async () => {
      const began = performance.now();
      await this.link.call('operation.clearRefs', {});
      const durationNs = (performance.now() - began) * 1e6;
      return { ok: true, ret: 0, runs: new Float64Array(), next: null, durationNs, notes: [] };
    });
  }

  /** What is left of an operation whose `vec` was full; null if it reached the end of its range. */
  rest(entry: LogEntry): OperationRequest | null {
    const { request, result } = entry;
    if (!request || !result?.ok || result.next === null) return null;
    const range = rangeOf(request);
    if (result.next >= range.end) return null;
    const [start, len] = [BigInt(result.next), BigInt(range.end - result.next)];
    return { ...request, start: start * BigInt(PAGE_SIZE), len: len * BigInt(PAGE_SIZE) };
  }

  show(id: number | null): void {
    this.store.setState({ shown: id });
  }

  forget(): void {
    this.store.setState({ log: [], shown: null, form: EMPTY_FORM });
  }

  private async logged(
    what: LogEntry['what'],
    request: OperationRequest | null,
    typed: OperationForm | null,
    run: () => Promise<CommandReply<'operation.run'>>,
  ): Promise<LogEntry> {
    const id = ++this.lastId;
    let entry: LogEntry = { id, at: new Date(), what, request, typed, result: null, error: null };
    this.store.setState(({ log }) => ({ log: [entry, ...log].slice(0, LOG_KEPT), shown: id }));
    try {
      entry = { ...entry, result: await run() };
    } catch (cause) {
      entry = { ...entry, error: errorData(cause) };
    }
    this.store.setState(({ log }) => ({ log: log.map((known) => (known.id === id ? entry : known)) }));
    return entry;
  }
}

/** The pages that a request is about. */
function rangeOf({ start, len }: OperationRequest): PageRange {
  const first = pageOfAddress(start);
  return { start: first, end: first + Math.max(0, pagesOfBytes(len)) };
}
