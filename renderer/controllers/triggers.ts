import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { NewTrigger, Trigger } from '#shared/contract/trigger.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';

export interface TriggersStore {
  readonly isOpen: boolean;
  readonly triggers: readonly Trigger[];
  /** Why the last change failed. */
  readonly failure: InspectorErrorData | null;
}

/** The triggers of the open program, as the engine has them. */
export class TriggersController {
  readonly store: StoreApi<TriggersStore> = createStore<TriggersStore>(() => ({
    ...{ isOpen: false, triggers: [], failure: null },
  }));
  private readonly link: EngineLink;

  constructor(link: EngineLink) {
    this.link = link;
  }

  /** Opens or closes the list. */
  open(isOpen: boolean): void {
    this.store.setState({ isOpen, failure: null });
  }

  /** The engine reported another state. */
  adopt(triggers: readonly Trigger[]): void {
    this.store.setState({ triggers });
  }

  /** The triggers ended with the engine. */
  engineDied(): void {
    this.store.setState({ triggers: [] });
  }

  /** @returns whether it was added; the store has the reason where it was not */
  add(trigger: NewTrigger): Promise<boolean> {
    return this.changed(() => this.link.call('trigger.add', trigger));
  }

  enable(id: string, enabled: boolean): Promise<boolean> {
    return this.changed(() => this.link.call('trigger.enable', { id, enabled }));
  }

  remove(id: string): Promise<boolean> {
    return this.changed(() => this.link.call('trigger.remove', { id }));
  }

  private async changed(task: () => Promise<unknown>): Promise<boolean> {
    try {
      await task();
      this.store.setState({ failure: null });
      return true;
    } catch (cause) {
      this.store.setState({ failure: errorData(cause) });
      return false;
    }
  }
}
