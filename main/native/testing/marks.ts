import { readFileSync } from 'node:fs';

/** State, TracerPid, SigBlk of a process: what an attach must leave unchanged. */
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

/** Whether the VMA that starts at or holds page `page` is registered for write-protection. */
export function isRegistered(pid: number, page: number): boolean {
  const address = BigInt(page) * 4096n;
  let inside = false;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'latin1').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line) ?? [];
    if (from && to) inside = BigInt(`0x${from}`) <= address && address < BigInt(`0x${to}`);
    else if (inside && line.startsWith('VmFlags:')) return / uw( |$)/.test(line);
  }
  return false;
}
