import type { OpenSource } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { EventPayload } from '#shared/contract/events.ts';
import type { HostStatus } from '#shared/contract/shell.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { RestoreProgress } from '#shared/source/huge-restoration.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** The engine's process, as the window sees it. */
export type HostState = Readonly<HostStatus>;

/** A line of output of the program, or a notice of the engine. */
export interface Notice {
  readonly id: number;
  readonly from: 'engine' | 'stdout' | 'stderr';
  readonly text: string;
}

/** Figures for the status bar, taken a few times a second. */
export interface Figures {
  readonly sequence: number;
  readonly writtenPages: number;
  readonly framesPerSecond: number;
  /** Script time of a frame in ms, 95th percentile. */
  readonly frameCost: number;
}

export interface SessionStore {
  readonly host: HostState;
  /** Counts the engines that this window was connected with. */
  readonly engines: number;
  /** Null until the engine has reported it. */
  readonly state: SessionState | null;
  /** Whether there is a picture, of the open source or of the last one. */
  readonly picture: boolean;
  /** The source that was opened last; offered again after the engine died. */
  readonly lastOpen: OpenSource | null;
  readonly opening: boolean;
  /** The latest failure that no form shows. */
  readonly problem: InspectorErrorData | null;
  /** A success that is shown nowhere else, such as where a file was saved. */
  readonly news: string | null;
  /** Huge pages of a program that was detached from; null if none are restored. */
  readonly restoring: RestoreProgress | null;
  readonly notices: readonly Notice[];
  readonly statistics: EventPayload<'session.statistics'> | null;
  /** How fast pages are written, as the engine counts; null until it has two samples. */
  readonly rates: WriteRates | null;
  /** The simulated program's step now; `state` has that of its last report. Apart, since it changes several times a second. */
  readonly step: number | null;
  readonly figures: Figures;
}

export const NO_FIGURES: Figures = { sequence: -1, writtenPages: 0, framesPerSecond: 0, frameCost: 0 };
const NOTICES_KEPT = 200;

export function createSessionStore(): StoreApi<SessionStore> {
  return createStore<SessionStore>(() => ({
    host: { status: 'starting' },
    engines: 0,
    state: null,
    picture: false,
    lastOpen: null,
    opening: false,
    problem: null,
    news: null,
    restoring: null,
    notices: [],
    statistics: null,
    rates: null,
    step: null,
    figures: NO_FIGURES,
  }));
}

let lastNotice = 0;

/** Appends lines; the oldest go. */
export function addNotice(store: StoreApi<SessionStore>, from: Notice['from'], text: string): void {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ id: ++lastNotice, from, text: line }));
  store.setState(({ notices }) => ({ notices: [...notices, ...lines].slice(-NOTICES_KEPT) }));
}
