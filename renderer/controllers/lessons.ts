import { createStore, type StoreApi } from 'zustand/vanilla';
import type { OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import {
  MAX_SEED,
  type GivenAnswer,
  type LessonList,
  type LessonReference,
  type OpenedLesson,
  type QuestionPlace,
  type QuestionScore,
  type Verdict,
} from '#shared/contract/lesson.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import type { SessionStore } from '../stores/session-store.ts';
import type { Attempt } from './attempt.ts';

/** What is shown of a question besides its score. */
export interface QuestionState {
  readonly verdict: Verdict | null;
  readonly hints: readonly string[];
}

export interface LessonStore {
  /** Null until it was read. */
  readonly list: LessonList | null;
  readonly open: OpenedLesson | null;
  /** 0: the introduction; 1 …: a step; one more than there are steps: the end. */
  readonly page: number;
  /** Whether the step of this page has run. */
  readonly ran: boolean;
  /** By `placeKey`. */
  readonly questions: Readonly<Record<string, QuestionState>>;
  /** The folder that was dropped last, a new object each time: the gallery shows its lessons. */
  readonly folder: { readonly path: string } | null;
  /** Large type, and everything can be passed. */
  readonly presenting: boolean;
}

const CLOSED = { open: null, page: 0, ran: false, questions: {} } as const;
export const NO_QUESTION_STATE: QuestionState = { verdict: null, hints: [] };

export const placeKey = ({ step, question }: QuestionPlace): string => `${step}.${question}`;

interface LessonInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly attempt: Attempt;
  open(source: OpenSource): Promise<void>;
  /** Closes the open source: the start view has the gallery. */
  close(): Promise<void>;
  /** Connects with this machine's engine: files that are named in the window are of this machine. */
  useHere(): Promise<void>;
}

/** The open lesson: its page, answers and score; the engine keeps solutions and progress. */
export class Lessons {
  readonly store: StoreApi<LessonStore> = createStore<LessonStore>(() => ({
    list: null,
    folder: null,
    ...CLOSED,
    presenting: false,
  }));
  private readonly input: LessonInput;
  private opening = false;
  /** The scenario of the lesson that was opened last; of one that its engine's end closed, also where it was. */
  private scenario: OpenSource | null = null;
  private lost: { readonly lesson: LessonReference; readonly seed: number; readonly page: number } | null =
    null;

  constructor(input: LessonInput) {
    this.input = input;
    // A lesson ends with its scenario.
    input.session.subscribe(({ state }) => {
      const { open, page } = this.store.getState();
      if (this.opening || open === null || state?.source?.capabilities.steps === true) return;
      this.lost = { lesson: open.reference, seed: open.view.seed, page };
      this.store.setState(CLOSED);
    });
  }

  async refresh(): Promise<void> {
    this.store.setState({ list: await this.input.link.call('lessons.list', {}) });
  }

  /** Lists the lessons of a folder in the gallery, and shows them there. */
  async openFolder(path: string): Promise<void> {
    const { link, close, useHere } = this.input;
    await useHere();
    const permits = await link.permits('lessons.addFolder', { path });
    if (permits === null) return;
    const list = await link.call('lessons.addFolder', { path }, permits);
    await close();
    this.store.setState({ list, folder: { path } });
  }

  /**
   * Opens a lesson and its scenario; one without texts and questions is a scenario alone.
   * @param seed null: the exercise that was begun, or a new one
   */
  async open(lesson: LessonReference, seed: number | null, step = 0): Promise<void> {
    const { link, open, useHere } = this.input;
    if (lesson.kind === 'file') await useHere();
    const permits = await link.permits('lesson.open', { lesson, seed });
    if (permits === null) return;
    const opened = await link.call('lesson.open', { lesson, seed }, permits);
    this.opening = true;
    this.scenario = { kind: 'scenario', name: opened.view.name, text: opened.scenario };
    this.lost = null;
    try {
      // First, so that the workbench appears with the lesson in it.
      this.store.setState({ ...CLOSED, open: opened });
      await open(this.scenario);
    } catch (cause) {
      this.store.setState(CLOSED);
      throw cause;
    } finally {
      this.opening = false;
    }
    if (step > 0) await this.goTo(Math.min(step, opened.view.steps.length), false);
  }

  /** Opens a source again after its engine ended: a lesson's scenario with the lesson, at the page where it was. */
  async openAgain(source: OpenSource): Promise<void> {
    const { lost } = this;
    if (lost !== null && source === this.scenario) await this.open(lost.lesson, lost.seed, lost.page);
    else await this.input.open(source);
  }

  /** `lesson:NAME#4`, or with a path in the place of the name, as the shell names what the command line asked for. */
  async openWords(words: string): Promise<void> {
    const [, name = '', step] = /^lesson:(.*?)(?:#(\d+))?$/.exec(words) ?? [];
    const isFile = /[\\/]/.test(name);
    await this.open(
      isFile ? { kind: 'file', path: name } : { kind: 'library', name },
      null,
      Math.min(Number(step ?? 0), 100_000),
    );
  }

  /** The same lesson with other numbers. */
  async another(): Promise<void> {
    const { open } = this.store.getState();
    if (open === null) return;
    const seed = open.view.seed >= MAX_SEED ? 1 : open.view.seed + 1;
    await this.open(open.reference, seed);
  }

  close(): void {
    this.store.setState(CLOSED);
  }

  present(presenting: boolean): void {
    this.store.setState({ presenting });
  }

  /** On: runs the step, then the next page. Stops at questions that are open, except while presenting. */
  async forward(): Promise<void> {
    const { open, page, ran } = this.store.getState();
    if (open === null || !this.canContinue()) return;
    const { steps } = open.view;
    if (page > steps.length) return;
    if (page > 0 && !ran) await this.goTo(page, true);
    else await this.goTo(page + 1, page + 1 > steps.length);
    if (this.store.getState().page > steps.length) await this.finish();
  }

  async back(): Promise<void> {
    const { open, page, ran } = this.store.getState();
    if (open === null || page === 0) return;
    const isEnd = page > open.view.steps.length;
    if (ran && !isEnd) await this.goTo(page, false);
    else await this.goTo(page - 1, page > 1);
  }

  /** Whether no question of this position is open. */
  canContinue(): boolean {
    const { open, page, ran, presenting } = this.store.getState();
    if (open === null) return false;
    if (presenting) return true;
    const questions = open.view.steps[page - 1]?.questions ?? [];
    return questions.every(
      ({ when }, question) =>
        (when === 'after' && !ran) || scoreOf(open, { step: page - 1, question })?.state !== 'open',
    );
  }

  async answer(place: QuestionPlace, given: GivenAnswer): Promise<void> {
    this.adopt(place, await this.input.link.call('lesson.answer', { ...place, given }));
  }

  async showSolution(place: QuestionPlace): Promise<void> {
    this.adopt(place, await this.input.link.call('lesson.solution', place));
  }

  async hint(place: QuestionPlace): Promise<void> {
    const { text, score } = await this.input.link.call('lesson.hint', place);
    const before = this.store.getState().questions[placeKey(place)] ?? NO_QUESTION_STATE;
    this.keep(place, { ...before, hints: [...before.hints, text] }, score);
  }

  /** What was answered in all lessons, as CSV. */
  async results(student: string): Promise<string> {
    return (await this.input.link.call('lessons.results', { student })).csv;
  }

  attempt(run: () => Promise<void>): Promise<void> {
    return this.input.attempt(run);
  }

  private async finish(): Promise<void> {
    const progress = await this.input.link.call('lesson.finish', {});
    this.store.setState(({ open }) => (open === null ? {} : { open: { ...open, progress } }));
  }

  private async goTo(page: number, ran: boolean): Promise<void> {
    const { open } = this.store.getState();
    if (open === null) return;
    const call = Math.min(open.view.steps.length, ran ? page : Math.max(0, page - 1));
    await this.input.link.call('steps.move', { to: 'call', call });
    this.store.setState({ page, ran });
  }

  private adopt(place: QuestionPlace, verdict: Verdict): void {
    const before = this.store.getState().questions[placeKey(place)] ?? NO_QUESTION_STATE;
    this.keep(place, { ...before, verdict }, verdict.score);
  }

  private keep(place: QuestionPlace, state: QuestionState, score: QuestionScore): void {
    this.store.setState(({ open, questions }) => {
      if (open === null) return {};
      const scores = open.progress.scores.map((one) =>
        one.step === place.step && one.question === place.question ? score : one,
      );
      const points = scores.reduce((sum, one) => sum + one.points, 0);
      return {
        open: { ...open, progress: { ...open.progress, scores, points } },
        questions: { ...questions, [placeKey(place)]: state },
      };
    });
  }
}

export function scoreOf({ progress }: OpenedLesson, place: QuestionPlace): QuestionScore | undefined {
  return progress.scores.find(({ step, question }) => step === place.step && question === place.question);
}

/** Byte addresses of pages in a text: `0x100003000, 0x100005000-0x100007000`. Throws an InspectorError that names the invalid part. */
export function parsePages(text: string): number[] {
  const pages = new Set<number>();
  for (const part of text.split(/[\s,;]+/).filter((word) => word !== '')) {
    const match = /^0x([0-9a-f]{1,13})(?:[-–]0x([0-9a-f]{1,13}))?$/i.exec(part);
    if (!match?.[1]) {
      throw new InspectorError(
        'bad-request',
        `“${part}” is not an address.`,
        'Write addresses as 0x100003000, and ranges as 0x100003000-0x100005000.',
      );
    }
    const start = Math.floor(parseInt(match[1], 16) / 4096);
    const end = match[2] === undefined ? start + 1 : Math.ceil(parseInt(match[2], 16) / 4096);
    if (end <= start || end - start + pages.size > 65_536) {
      throw new InspectorError('bad-request', `“${part}” is not a range of pages.`, 'Select fewer pages.');
    }
    for (let page = start; page < end; page++) pages.add(page);
  }
  return [...pages].sort((a, b) => a - b);
}
