import type { StepCall, StepsMove, StepsState, SubStep } from '#shared/contract/steps.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { selectPage, type SelectionStore } from '../stores/selection-store.ts';
import type { ViewSettings } from '../stores/view-store.ts';
import { announce } from '../ui/announce.ts';
import type { Attempt } from './attempt.ts';

/** Sub-steps a second that the player can be set to. */
export const STEP_RATES = [1, 2, 5, 10, 30] as const;
export type StepRate = (typeof STEP_RATES)[number];

/** Moves that wait for one another: a key that is held down makes more. */
const MAX_PENDING = 3;
/** Sub-steps that are listed of one call. */
const MAX_LISTED = 500;

export interface StepPlayerStore {
  /** Null if the open source is not played by sub-steps. */
  readonly state: StepsState | null;
  /** Sub-steps of the current call, around the position if it has more than MAX_LISTED. */
  readonly subSteps: readonly SubStep[];
  /** The call that they belong to. */
  readonly call: StepCall | null;
  readonly playing: boolean;
  readonly rate: StepRate;
}

const NOTHING: Omit<StepPlayerStore, 'rate'> = { state: null, subSteps: [], call: null, playing: false };

interface StepPlayerInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly selection: StoreApi<SelectionStore>;
  readonly view: StoreApi<ViewSettings>;
  readonly attempt: Attempt;
}

/** The window's end of the step player: where it is, the sub-steps around, and playing at a rate. */
export class StepPlayerController {
  readonly store: StoreApi<StepPlayerStore> = createStore<StepPlayerStore>(() => ({ ...NOTHING, rate: 2 }));
  private readonly input: StepPlayerInput;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** The last move, done or on its way; never rejects. */
  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;

  constructor(input: StepPlayerInput) {
    this.input = input;
    const { session } = input;
    session.subscribe(({ state }, { state: before }) => {
      const [now, was] = [state?.source ?? null, before?.source ?? null];
      if (now?.capabilities.steps !== true) this.forget();
      else if (was?.capabilities.steps !== true) void this.read();
    });
  }

  /** Pages that the current sub-step concerns. */
  get lit(): readonly PageRange[] {
    const pages = this.store.getState().state?.current?.touched.pages ?? [];
    return pages.map(({ start, pages: count }) => ({ start, end: start + count }));
  }

  /** The engine's player moved, or its program changed. */
  adopt(state: StepsState): void {
    this.store.setState({ state });
    void this.list(state);
    this.follow(state);
  }

  /** Moves, after the moves that are on their way; one of many at a time is left out. @returns whether it moved */
  async move(move: StepsMove): Promise<boolean> {
    if (this.pending >= MAX_PENDING) return false;
    this.pending++;
    const moved = this.last.then(() => this.moveNow(move));
    this.last = moved;
    try {
      return await moved;
    } finally {
      this.pending--;
    }
  }

  private async moveNow(move: StepsMove): Promise<boolean> {
    let found = false;
    await this.input.attempt(async () => {
      ({ found } = await this.input.link.call('steps.move', move));
    });
    return found;
  }

  /** Reads or writes one page beside the program, and shows the first sub-step of it. */
  access(page: number, write: boolean): Promise<void> {
    this.pause();
    return this.input.attempt(async () => {
      await this.input.link.call('steps.access', { page, write });
      await this.input.link.call('steps.move', { to: 'forward' });
    });
  }

  /** To the next sub-step that changes these pages, or to the previous one. */
  async moveToChange(
    pages: { readonly start: number; readonly pages: number },
    back: boolean,
  ): Promise<void> {
    if (!(await this.move({ to: 'change', pages, back }))) announce('No further change of the selection.');
  }

  toggle(): void {
    if (this.store.getState().playing) this.pause();
    else this.play();
  }

  private play(): void {
    this.store.setState({ playing: true });
    this.schedule();
  }

  pause(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.store.getState().playing) this.store.setState({ playing: false });
  }

  setRate(rate: StepRate): void {
    this.store.setState({ rate });
    if (this.store.getState().playing) this.schedule();
  }

  private schedule(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.playOn(), 1000 / this.store.getState().rate);
  }

  private async playOn(): Promise<void> {
    const found = await this.move({ to: 'forward' });
    if (!this.store.getState().playing) return;
    if (found) this.schedule();
    else this.pause();
  }

  /** Selects the page that the sub-step is about, unless it is selected. */
  private follow({ current }: StepsState): void {
    const { selection, view } = this.input;
    const pages = current?.touched.pages ?? [];
    const [first] = pages;
    if (!view.getState().stepsFollow || first === undefined) return;
    const { cursor } = selection.getState();
    const selected =
      cursor !== null && pages.some(({ start, pages: count }) => cursor >= start && cursor < start + count);
    if (!selected) selectPage(selection, first.start);
  }

  private forget(): void {
    this.pause();
    if (this.store.getState().state !== null) this.store.setState(NOTHING);
  }

  private read(): Promise<void> {
    return this.input.attempt(async () => this.adopt(await this.input.link.call('steps.state', {})));
  }

  /** The sub-steps of the current call: read once a call, if all of them fit. */
  private async list({ call, position }: StepsState): Promise<void> {
    const { call: listed, subSteps } = this.store.getState();
    if (call === null) {
      this.store.setState({ call: null, subSteps: [] });
      return;
    }
    const from = Math.max(
      call.first,
      Math.min(position - MAX_LISTED / 2, call.first + call.subSteps - MAX_LISTED),
    );
    const known =
      listed?.first === call.first && listed.text === call.text && subSteps[0]?.number === from + 1;
    if (known) return;
    await this.input.attempt(async () => {
      const count = Math.min(MAX_LISTED, call.first + call.subSteps - from);
      const reply = await this.input.link.call('steps.list', { from, count });
      this.store.setState({ call, subSteps: reply.subSteps });
    });
  }
}
