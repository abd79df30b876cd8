import type { SubStep, SubStepKind, Touched } from '#shared/contract/steps.ts';

/** The texts of a sub-step and what it lights; made when it is displayed. */
export type Description = Pick<SubStep, 'function' | 'sentence' | 'detail'> & {
  readonly touched: Partial<Touched>;
};

export interface Fault {
  readonly page: number;
  readonly errorCode: readonly ('P' | 'W' | 'U')[];
}

/** A sub-step of a call, without its texts. */
export interface Outline {
  readonly kind: SubStepKind;
  /** Events of the call up to its end: the state after the sub-step is that after this many events. */
  end: number;
  readonly process: number;
  /** The fault that it raises; null for other kinds. */
  readonly fault: Fault | null;
  readonly describe: () => Description;
}
