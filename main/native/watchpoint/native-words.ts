import type { WordWatch, WordWatching, WordWriters } from '#shared/source/source.ts';
import { Watchpoint } from './watchpoint.ts';
import { NativeWordWriters } from './word-writers.ts';

/** Single words of a process, counted by hardware breakpoints: four at once on a processor. */
export class NativeWords implements WordWatching {
  private readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  writers(address: bigint, size: number): WordWriters {
    return new NativeWordWriters(this.pid, address, size);
  }

  watch(address: bigint, size: number): WordWatch {
    const watchpoint = new Watchpoint(this.pid, { address, size, stacks: false });
    return {
      take: () => {
        const { events, lost } = watchpoint.poll();
        return events.length + lost;
      },
      ended: () => {
        const end = watchpoint.end();
        if (end === null) return null;
        return end === 'exit' ? 'The program ended.' : 'The program called exec: its memory was replaced.';
      },
      close: () => watchpoint.close(),
    };
  }
}
