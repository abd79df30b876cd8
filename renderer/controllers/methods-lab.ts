import type { InspectorErrorData } from '#shared/contract/errors.ts';
import {
  LAB_SIZE,
  type MethodProgress,
  type MethodReport,
  type MethodRow,
  type MethodState,
} from '#shared/methods/methods.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';

/** What is known about the tracking methods on this machine. */
export interface MethodsStore {
  /** The page that shows them is open. */
  readonly isOpen: boolean;
  readonly running: boolean;
  /** The methods of the current run, or of the last one. */
  readonly methods: readonly MethodState[];
  readonly rows: readonly MethodRow[];
  /** Null until a run has ended. */
  readonly report: MethodReport | null;
  readonly failure: InspectorErrorData | null;
}

/** Runs the lab in the engine. */
export class MethodsLab {
  readonly store: StoreApi<MethodsStore> = createStore<MethodsStore>(() => ({
    ...{ isOpen: false, running: false, methods: [], rows: [], report: null, failure: null },
  }));
  private readonly link: EngineLink;

  constructor(link: EngineLink) {
    this.link = link;
  }

  /** Opens or closes the page; a run continues. */
  open(isOpen: boolean): void {
    this.store.setState({ isOpen });
  }

  async run(): Promise<void> {
    if (this.store.getState().running) return;
    this.store.setState({ running: true, methods: [], rows: [], report: null, failure: null });
    try {
      const report = await this.link.call('methods.run', { size: LAB_SIZE });
      this.store.setState({ report, methods: report.methods, rows: report.rows });
    } catch (cause) {
      this.store.setState({ failure: errorData(cause) });
    } finally {
      this.store.setState({ running: false });
    }
  }

  async cancel(): Promise<void> {
    await this.link.call('methods.cancel', {});
  }

  /** A result of the current run. */
  progressed(progress: MethodProgress): void {
    this.store.setState(({ methods, rows }) =>
      progress.kind === 'row' ? { rows: [...rows, progress.row] } : { methods: [...methods, progress.state] },
    );
  }
}
