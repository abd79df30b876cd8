import type { MachineSettings } from '../../scenarios/steps.ts';
import { Signal, type AnonVma, type Backing, type Entry, type Frame, type Process } from './state.ts';

/** The state of the reference model's machine, and what is asked of all its processes. */
export class ModelState {
  readonly machine: MachineSettings;
  readonly processes: Process[] = [];
  current: Process;
  /** The scenario's memfd. */
  readonly file: Backing = { pages: Infinity, cache: new Map(), compound: new Set() };
  /**
   * Memory ran out once. The model and the engine may differ from then on: no kernel rule says which access gets the last
   * page.
   */
  exhausted = false;
  private anonVmas = 0;

  constructor(machine: MachineSettings) {
    if (machine.mode !== 'documented') throw new Error('the reference model has no mode posted');
    this.machine = machine;
    this.current = this.newProcess(null);
  }

  get sticky(): boolean {
    return this.machine.profile === 'sticky-merge';
  }

  newAnonVma(): AnonVma {
    return { id: this.anonVmas++ };
  }

  newProcess(parent: Process | null): Process {
    const heap = this.machine.heap;
    const process: Process = {
      ...{ parent, number: this.processes.length, alive: true, vmas: [], heap, brk: parent?.brk ?? heap },
      ...{ entries: new Map(), huge: new Map(), tables: new Set() },
    };
    this.processes.push(process);
    return process;
  }

  alive(): Process[] {
    return this.processes.filter((process) => process.alive);
  }

  /** Throws SIGKILL if this would populate more pages than the machine has. */
  charge(pages: number): void {
    const used = this.processes.reduce(
      (sum, process) => sum + process.entries.size + process.huge.size * 512,
      0,
    );
    if (used + pages <= this.machine.memoryPages) return;
    this.exhausted = true;
    throw new Signal('SIGKILL');
  }

  /** Every small entry that maps `frame`, in all processes. */
  mappings(frame: Frame): { process: Process; page: number; entry: Entry }[] {
    return this.alive().flatMap((process) =>
      [...process.entries].flatMap(([page, entry]) =>
        entry.frame === frame ? [{ process, page, entry }] : [],
      ),
    );
  }
}
