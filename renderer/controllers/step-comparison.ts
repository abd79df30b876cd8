import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { StepComparison } from '#shared/contract/step-comparison.ts';
import type { StepsState } from '#shared/contract/steps.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { SelectionStore } from '../stores/selection-store.ts';
import type { ViewSettings } from '../stores/view-store.ts';
import { announce } from '../ui/announce.ts';
import type { Attempt } from './attempt.ts';
import { LatestOnly } from './latest-only.ts';
import type { StepPlayerController } from './step-player.ts';

export interface StepComparisonStore {
  /** Null while no step is kept, and until the first answer. */
  readonly result: StepComparison | null;
  readonly failure: InspectorErrorData | null;
}

interface StepComparisonInput {
  readonly link: EngineLink;
  readonly steps: StepPlayerController;
  readonly selection: StoreApi<SelectionStore>;
  readonly view: StoreApi<ViewSettings>;
  readonly attempt: Attempt;
}

const NOTHING: StepComparisonStore = { result: null, failure: null };

/** The kept step beside the current one: read while a view shows it, again after each move and each selection. */
export class StepComparisonController {
  readonly store: StoreApi<StepComparisonStore> = createStore<StepComparisonStore>(() => NOTHING);
  private readonly input: StepComparisonInput;
  private readonly reads = new LatestOnly<null>(() => this.read());
  private viewers = 0;

  constructor(input: StepComparisonInput) {
    this.input = input;
    input.steps.store.subscribe(({ state }, { state: before }) => {
      if (state !== before) this.update(state, before);
    });
    input.selection.subscribe(({ cursor }, { cursor: before }) => {
      if (cursor !== before) this.refresh();
    });
  }

  /** A view shows the comparison. @returns a function to call when it goes */
  watch(): () => void {
    this.viewers++;
    this.refresh();
    return () => {
      this.viewers--;
    };
  }

  /** Keeps the current step, and shows the comparison. */
  keep(): Promise<void> {
    const { link, view, attempt } = this.input;
    return attempt(async () => {
      const { position } = await link.call('steps.keep', { keep: true });
      view.setState({ middle: 'compare', walkWhole: false });
      announce(`Step ${position} is kept. Move forward or back to compare.`);
    });
  }

  forget(): Promise<void> {
    return this.input.attempt(async () => void (await this.input.link.call('steps.keep', { keep: false })));
  }

  private get kept(): number | null {
    return this.input.steps.store.getState().state?.kept ?? null;
  }

  private update(state: StepsState | null, before: StepsState | null): void {
    if ((state?.kept ?? null) === null) {
      this.store.setState(NOTHING);
      // A manual access, or an operation, replaced what followed it.
      if (state !== null && before?.kept !== undefined && before.kept !== null && before.kept > state.known)
        announce(`Step ${before.kept} is no longer part of the program, and is not kept.`);
    } else this.refresh();
  }

  private refresh(): void {
    if (this.viewers > 0 && this.kept !== null) this.reads.request(null);
  }

  private async read(): Promise<void> {
    const { link, selection } = this.input;
    try {
      const result = await link.call('steps.compare', { page: selection.getState().cursor });
      if (this.kept !== null) this.store.setState({ result, failure: null });
    } catch (cause) {
      // Closed, or forgotten, meanwhile: there is nothing to compare.
      if (this.kept !== null) this.store.setState({ result: null, failure: errorData(cause) });
    }
  }
}
