import { BadValue, oneOf, wholeNumber } from './option-values.ts';
import type { Syntax } from './syntax.ts';

/** Where the boundaries of phases come from, besides `soft-dirty mark --phase`; each null if it is not used. */
export interface PhaseOptions {
  readonly signal: (typeof SIGNALS)[number] | null;
  readonly fd: number | null;
  readonly pipe: string | null;
}

export interface PhaseValues {
  readonly phaseSignal?: string;
  readonly phaseFd?: string;
  readonly phasePipe?: string;
}

const SIGNALS = ['SIGUSR1', 'SIGUSR2'] as const;

/** The options of phases. */
export const addPhases = (syntax: Syntax): Syntax =>
  syntax
    .option(
      '--phase-signal <NAME>',
      'each signal USR1 or USR2 to this command ends a phase, such as a frame of a game',
    )
    .option(
      '--phase-fd <N>',
      'each line on this descriptor, which the shell opened, ends a phase of that name',
    )
    .option('--phase-pipe <FILE>', 'the same for a named pipe, which is created if it is missing');

/** What `--help` has on phases. */
export const PHASE_NOTES = `A phase ends at a boundary that the program itself reports: what was written since the last one becomes one frame and is cleared.
Each line on --phase-fd and --phase-pipe is the name of a phase; an empty line or a signal ends "Phase N". The program never waits:
boundaries that arrive while a phase is read are joined to one, whose name has their number.
`;

/** Throws BadValue. */
export function phaseOptions({ phaseSignal, phaseFd, phasePipe }: PhaseValues): PhaseOptions {
  if (phasePipe === '') throw new BadValue('--phase-pipe takes the name of a file');
  return {
    signal:
      phaseSignal === undefined
        ? null
        : oneOf('--phase-signal', `SIG${phaseSignal.toUpperCase().replace(/^SIG/, '')}`, SIGNALS),
    fd: phaseFd === undefined ? null : wholeNumber('--phase-fd', phaseFd, 3, 1_000_000),
    pipe: phasePipe ?? null,
  };
}
