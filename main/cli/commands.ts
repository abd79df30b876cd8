import type { Command } from './command.ts';

/** One command: its line in the overview, and its module, loaded only when it is called. */
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
    summary: 'show what this kernel and this user can do',
    load: async () => (await import('./probe.ts')).probeCommand,
  },
  methods: {
    summary: 'measure and compare the methods of tracking writes on this machine',
    load: async () => (await import('./methods.ts')).methodsCommand,
  },
  watch: {
    summary: 'attach to a process and show which pages it writes',
    load: async () => (await import('./watch.ts')).watchCommand,
  },
  record: {
    summary: 'record which pages a program writes, without a window',
    load: async () => (await import('./record.ts')).recordCommand,
  },
  mark: {
    summary: 'add a mark, or end a phase, in the running window or recorder',
    load: async () => (await import('./mark.ts')).markCommand,
  },
  info: {
    summary: 'show what a recording contains, and whether it is complete',
    load: async () => (await import('./info.ts')).infoCommand,
  },
  recover: {
    summary: 'recover the readable frames of an unfinished or damaged recording',
    load: async () => (await import('./recover.ts')).recoverCommand,
  },
  export: {
    summary: 'write tables of a recording: CSV, JSON, Arrow',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  snapshot: {
    summary: 'save a snapshot of a range of memory: contents and page state',
    load: async () => (await import('./snapshot.ts')).snapshotCommand,
  },
  writers: {
    summary: 'show which code of a process writes to which pages of a range',
    load: async () => (await import('./writers.ts')).writersCommand,
  },
  what: {
    summary: 'show what is at an address of a process: variable, heap block, stack, file',
    load: async () => (await import('./what.ts')).whatCommand,
  },
  watchpoint: {
    summary: 'show every write to a few bytes of a process, and which code made it',
    load: async () => (await import('./watchpoint.ts')).watchpointCommand,
  },
  dump: {
    summary: 'dump the memory of a process, and after that only what was written since',
    load: async () => (await import('./dump.ts')).dumpCommand,
  },
  scenario: {
    summary: 'run scenario files on the simulated engine, or check their recorded results',
    load: async () => (await import('./scenario.ts')).scenarioCommand,
  },
  lesson: {
    summary: 'list, check and print lessons; results of a class as CSV',
    load: async () => (await import('./lesson.ts')).lessonCommand,
  },
  serve: {
    summary: 'serve a window on another machine, or of another user, over standard input and output',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
};
