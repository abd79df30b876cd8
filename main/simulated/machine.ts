import { MachineEmitter } from './events/emitter.ts';
import { Memory } from './mm/memory.ts';
import { MmStruct } from './mm/mm-struct.ts';
import { DEFAULT_OPTIONS, type MachineOptions } from './mm/options.ts';
import { SimulatedProcess } from './process.ts';

/** A simulated machine: options, processes, the pages they share. Deterministic: no clock, no random numbers. */
export class Machine {
  /** Everything that happens, in order. */
  readonly events: MachineEmitter;
  readonly memory: Memory;
  /** By number; ended ones stay, empty. */
  readonly mms: MmStruct[] = [];

  constructor(options: Partial<MachineOptions> = {}) {
    this.events = new MachineEmitter(
      (event) => {
        switch (event.type) {
          case 'entry':
          case 'entries':
          case 'pmd':
          case 'table-moved':
            this.mms[event.process].tlb.update(event);
            break;
          default:
            break;
        }
      },
      () => this.mms.forEach((mm) => mm.tlb.restore([])),
    );
    this.memory = new Memory({ ...DEFAULT_OPTIONS, ...options }, this.events);
    MmStruct.first(this.memory, this.events, this.mms);
  }

  /** Changes options of the running machine; `la57` and `heap` have an effect only when it is made. */
  configure(changes: Partial<MachineOptions>): void {
    this.memory.options = { ...this.memory.options, ...changes };
  }

  /** By number; the first is 0. Ended ones stay, empty. */
  get processes(): readonly SimulatedProcess[] {
    return this.mms.map((mm) => SimulatedProcess.of(mm));
  }

  /** The process that every machine starts with. */
  get init(): SimulatedProcess {
    return SimulatedProcess.of(this.mms[0]);
  }
}
