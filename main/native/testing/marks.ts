import { readFileSync } from 'node:fs';

/** State, TracerPid, SigBlk of a process: what an attach must leave as it was. */
export interface Marks {
  readonly state: string;
  readonly tracer: number;
  readonly blocked: string;
}

export function marks(pid: number): Marks {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return { state: field('State'), tracer: Number(field('TracerPid')), blocked: field('SigBlk') };
}

/** How many VMAs of a process are registered for write-protection ("uw" in VmFlags). */
export function registeredVmas(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps`, 'latin1');
  return text.split('\n').filter((line) => line.startsWith('VmFlags:') && / uw( |$)/.test(line)).length;
}
