import { PAGES_PER_TILE, formatPage, tileOfPage } from '#shared/memory/page.ts';
import type { ChainLink, WrittenChain } from '#shared/source/page-walk.ts';
import type { Machine } from '../machine.ts';
import type { MachineEvent } from '../mm/events.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { argumentsText } from '../stepping/call-steps.ts';
import { changesPages } from '../stepping/touches.ts';
import { CLEARING_CALLS, linkOf, markedAt } from '../stepping/why.ts';

/** Links that are kept; a page that is written all the time between two clears has few. */
const MAX_LINKS = 100;

/**
 * Why one page counts as written, gathered while its program runs from its beginning: what happened to the page since
 * the last clear after which it did not count.
 */
export class PageChain {
  readonly page: number;
  private readonly mm: MmStruct;
  private since = 'the beginning of the program';
  private links: ChainLink[] = [];
  private step = 0;
  /** What is done to the program from outside; null: a step of its own. */
  private action: string | null = null;
  private readonly calls: string[] = [];
  private access = '';
  /** Links before the call or action in which a mark was cleared; null: none was cleared since it began. */
  private clearedAt: number | null = null;
  private begunAt = 0;

  constructor(machine: Machine, page: number) {
    this.page = page;
    this.mm = machine.init.mm;
    const start = tileOfPage(page) * PAGES_PER_TILE;
    const focus = { process: this.mm.id, start, end: start + PAGES_PER_TILE };
    machine.events.listen((event) => this.onEvent(event), { focus });
  }

  /** Events belong to this step of the program from now on. @param action null: the step itself */
  begin(step: number, action: string | null): void {
    this.step = step;
    this.action = action;
    this.access = '';
    this.calls.length = 0;
    this.begins();
  }

  /** The action that began is done. @param clears whether it is one that clears marks */
  end(clears: boolean): void {
    if (clears) this.cutAt(this.action ?? '');
  }

  read(): WrittenChain {
    return { since: this.since, numbers: 'steps', links: [...this.links] };
  }

  private onEvent(event: MachineEvent): void {
    if (!('process' in event) || event.process !== this.mm.id) return;
    if (event.type === 'call') {
      if (this.calls.length === 0) this.begins();
      this.calls.push(`${event.name}(${argumentsText(event.args)})`);
    } else if (event.type === 'return') {
      const call = this.calls.pop() ?? '';
      if (this.calls.length === 0 && CLEARING_CALLS.has(event.name)) this.cutAt(this.action ?? call);
    } else if (event.type === 'access') {
      this.access = `${event.write ? 'write' : 'read'} ${formatPage(event.page)}`;
    } else if (changesPages(event, this.mm.id, this.page, this.page + 1)) {
      const link = linkOf(event, this.page, this.step, this.call);
      if (link !== null) this.add(link);
    }
  }

  private get call(): string {
    return this.action ?? this.calls[0] ?? (this.access === '' ? 'the kernel' : this.access);
  }

  private add(link: ChainLink): void {
    if (link.bit === 'cleared') this.clearedAt ??= this.begunAt;
    this.links.push(link);
    if (this.links.length <= MAX_LINKS) return;
    this.links.shift();
    this.begunAt = Math.max(0, this.begunAt - 1);
    if (this.clearedAt !== null) this.clearedAt = Math.max(0, this.clearedAt - 1);
  }

  private begins(): void {
    this.begunAt = this.links.length;
    this.clearedAt = null;
  }

  /** A clear ended: if the page does not count after it, what was before is no longer a reason. */
  private cutAt(call: string): void {
    if (this.clearedAt === null) return;
    const { entry, vma } = markedAt(this.mm, this.page);
    if (entry || vma) return;
    this.links = this.links.slice(this.clearedAt);
    this.since = `${this.step === 0 ? 'the start' : `step ${this.step}`}, ${call}`;
    this.begins();
  }
}
