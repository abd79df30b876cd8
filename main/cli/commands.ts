import type { Command } from './command.ts';

/** One command: what the overview says of it, and its module, loaded only when it is called. */
interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command of the command line, in the order of the overview. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  ps: {
    summary: 'list the processes: which can be attached to, and why others cannot',
    load: async () => (await import('./ps.ts')).psCommand,
  },
  probe: {
    summary: 'tell what this kernel and this user can do',
    load: async () => (await import('./probe.ts')).probeCommand,
  },
  watch: {
    summary: 'attach to a process and show which pages it writes',
    load: async () => (await import('./watch.ts')).watchCommand,
  },
  scenario: {
    summary: 'run scenario files on the simulated engine, or check their recorded results',
    load: async () => (await import('./scenario.ts')).scenarioCommand,
  },
};
