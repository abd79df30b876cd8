import type { Command } from './command.ts';

/** One command: what the overview says of it, and its module, loaded only when it is called. */
interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command of the command line, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  scenario: {
    summary: 'run scenario files on the simulated engine, or check their recorded results',
    load: async () => (await import('./scenario.ts')).scenarioCommand,
  },
};
