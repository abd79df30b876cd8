import { readdirSync } from 'node:fs';
import type { ListedProcess, ProcessList } from '#shared/contract/process-list.ts';
import { utf8Name } from '../process/names.ts';
import { parseStatus, readStatus } from '../process/status.ts';
import { userName } from '../process/user-names.ts';
import { platformObstacle } from '../syscalls/ffi.ts';
import { OwnProcesses, ownRoot } from './own-processes.ts';
import { processTimes, uptimeClock } from './process-times.ts';
import { readStart } from './read-file.ts';
import { matcher } from './search.ts';
import { BackendPredictor } from './backend-predictor.ts';

/** Characters of a command line; some programs have megabytes of it. */
const MAX_COMMAND_LINE = 4096;

/** Time after which a listing yields, in milliseconds: a process takes about 50 µs, some systems have thousands. */
const SLICE_MS = 4;

/**
 * The processes that `search` fits (see search.ts; empty for all), ascending by pid, without the kernel's own threads and
 * without this one.
 * Reads files in /proc only. Throws InspectorError if there is no /proc to read.
 */
export function listProcesses(search = ''): ProcessList {
  const listing = new Listing(search);
  for (const pid of listing.pids) listing.add(pid);
  return listing.result();
}

/** Like `listProcesses`, in slices, so that samples are taken meanwhile, and without the inspector's other processes (own-processes.ts). */
export async function listProcessesInSlices(search = ''): Promise<ProcessList> {
  const listing = new Listing(search, ownRoot());
  let began = performance.now();
  for (const pid of listing.pids) {
    listing.add(pid);
    if (performance.now() - began < SLICE_MS) continue;
    // After the timers that are due, not before them as a promise would be.
    await new Promise((resolve) => setTimeout(resolve, 0));
    began = performance.now();
  }
  return listing.result();
}

class Listing {
  readonly pids: readonly number[];
  private readonly fits: ReturnType<typeof matcher>;
  private readonly processes: ListedProcess[] = [];
  private readonly ways = new BackendPredictor();
  private readonly uptime = uptimeClock();
  private readonly own: OwnProcesses | null;
  private total = 0;

  /** @param root the first process of the inspector, whose others are left out; null: they are listed */
  constructor(search: string, root: number | null = null) {
    this.own = root === null ? null : new OwnProcesses(root);
    const obstacle = platformObstacle();
    if (obstacle) throw obstacle;
    this.fits = matcher(search);
    // This process cannot track itself, and every search on the command line would find it.
    this.pids = readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  }

  add(pid: number): void {
    const found = readProcess(pid, this.ways, this.uptime);
    if (!found || this.own?.has(pid)) return;
    this.total++;
    if (this.fits(found)) this.processes.push(found);
  }

  result(): ProcessList {
    return { processes: this.processes.sort((a, b) => a.pid - b.pid), total: this.total };
  }
}

/** One process; null if it ended meanwhile, or is a thread of the kernel. */
function readProcess(pid: number, ways: BackendPredictor, uptime: () => number): ListedProcess | null {
  const text = readStart(`/proc/${pid}/status`);
  // The flags of a kernel thread are in a second file, which is only read where there is no memory.
  const quick = text === null ? null : parseStatus(text, 0);
  const status = quick && !quick.hasMemory ? readStatus(pid) : quick;
  if (!status || status.kernelThread) return null;
  const how = ways.of(pid, status);
  if (how.obstacle?.kind === 'no-such-process') return null;
  const uid = status.uids[1] ?? 0;
  return {
    pid,
    uid,
    user: userName(uid),
    name: status.name,
    commandLine: commandLine(pid),
    residentBytes: status.residentBytes,
    ...processTimes(pid, uptime),
    ...how,
  };
}

function commandLine(pid: number): string {
  const text = readStart(`/proc/${pid}/cmdline`) ?? '';
  return utf8Name(text.replace(/\0+$/, '').replaceAll('\0', ' ')).slice(0, MAX_COMMAND_LINE);
}
