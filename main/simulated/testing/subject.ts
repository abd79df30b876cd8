import {
  DEFAULT_MACHINE,
  type Advice,
  type IoctlCommand,
  type MachineSettings,
  type MapKind,
  type Protection,
  type Step,
  type StepResult,
  type VmaView,
} from '../../scenarios/steps.ts';
import { StepExecutor } from '../steps/execute-step.ts';
import { Machine } from '../machine.ts';

const PAGE = 4096n;
/** Byte address of page 0 of a subject. */
const BASE = 0x1_0000_0000n;

/** A simulated process for tests: pages count from 2 MiB-aligned memory, results are page numbers. */
export class Subject {
  readonly executor: StepExecutor;

  constructor(settings: Partial<MachineSettings> = {}) {
    const all = { ...DEFAULT_MACHINE, ...settings };
    this.executor = new StepExecutor(new Machine({ ...all, heap: Number(all.heap) }), null);
  }

  run(step: Step): StepResult {
    return this.executor.execute(step);
  }

  /** Runs a step that must succeed; what it returns. */
  ok(step: Step): number {
    const result = this.run(step);
    if (!('ret' in result)) throw new Error(`${step.op}: ${JSON.stringify(result)}`);
    return result.ret;
  }

  range(page: number, pages: number): { addr: bigint; len: bigint } {
    return { addr: BASE + BigInt(page) * PAGE, len: BigInt(pages) * PAGE };
  }

  map(page: number, pages: number, kind: MapKind = 'anon-private', prot: Protection = 'rw'): void {
    this.ok({ op: 'mmap', ...this.range(page, pages), kind, prot });
  }

  /** A huge page at each of `pages` / 512 tiles, written as a whole. */
  mapHuge(page: number, pages: number): void {
    this.map(page, pages);
    this.advise(page, pages, 'hugepage');
    this.write(page, pages);
  }

  advise(page: number, pages: number, advice: Advice): void {
    this.ok({ op: 'madvise', ...this.range(page, pages), advice });
  }

  protect(page: number, pages: number, prot: Protection): void {
    this.ok({ op: 'mprotect', ...this.range(page, pages), prot });
  }

  write(page: number, pages = 1): void {
    this.ok({ op: 'write', ...this.range(page, pages) });
  }

  read(page: number, pages = 1): void {
    this.ok({ op: 'read', ...this.range(page, pages) });
  }

  clearRefs(): void {
    this.ok({ op: 'clear_refs' });
  }

  ioctl(cmd: IoctlCommand, page: number, pages: number, vecLen = pages, flags = 0): StepResult {
    const { addr: start, len } = this.range(page, pages);
    return this.run({ op: 'ioctl', cmd, start, len, vecLen, flags });
  }

  /** The pages that the operation reports, counted from the subject's page 0. */
  pages(cmd: 'GET' | 'GET_AND_CLEAR', page: number, pages: number, vecLen = pages, flags = 0): number[] {
    const result = this.ioctl(cmd, page, pages, vecLen, flags);
    if (!('vecRuns' in result)) throw new Error(`${cmd}: ${JSON.stringify(result)}`);
    return (result.vecRuns ?? []).flatMap(([offset, count]) =>
      Array.from({ length: count }, (_, i) => page + offset / 4096 + i),
    );
  }

  get(page: number, pages: number, vecLen = pages, flags = 0): number[] {
    return this.pages('GET', page, pages, vecLen, flags);
  }

  getAndClear(page: number, pages: number, vecLen = pages, flags = 0): number[] {
    return this.pages('GET_AND_CLEAR', page, pages, vecLen, flags);
  }

  clear(page: number, pages: number, flags = 0): void {
    const result = this.ioctl('CLEAR', page, pages, 0, flags);
    if (!('ret' in result)) throw new Error(`CLEAR: ${JSON.stringify(result)}`);
  }

  hugePages(): number {
    const result = this.run({ op: 'hugepages' });
    return 'huge' in result ? result.huge.length : 0;
  }

  vmas(): readonly VmaView[] {
    const result = this.run({ op: 'vmas' });
    return 'vmas' in result ? result.vmas : [];
  }
}

/** from, from + 1, …, to - 1. */
export function sequence(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
