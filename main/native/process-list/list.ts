import { readdirSync } from 'node:fs';
import { InspectorError, type InspectorErrorData } from '#shared/contract/errors.ts';
import type { ListedProcess, ProcessList } from '#shared/contract/process-list.ts';
import { checkSuitable } from '../attach/preconditions.ts';
import { parseStatus, readStatus, type ProcessStatus } from '../process/status.ts';
import { userName } from '../process/user-names.ts';
import { platformObstacle } from '../syscalls/ffi.ts';
import { readStart } from './read-file.ts';
import { matcher } from './search.ts';

/** Characters of a command line; some programs have megabytes of it. */
const MOST_COMMAND_LINE = 4096;

/**
 * The processes that `search` fits (see search.ts; empty for all), ascending by pid, without the kernel's own threads and
 * without ourselves.
 * Only files in /proc are read: no process notices. Throws InspectorError where there is no /proc to read.
 */
export function listProcesses(search = ''): ProcessList {
  const obstacle = platformObstacle();
  if (obstacle) throw obstacle;
  const fits = matcher(search);
  const processes: ListedProcess[] = [];
  let total = 0;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    // We cannot be watched by ourselves, and would be found by every search on the command line.
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const found = look(pid);
    if (!found) continue;
    total++;
    if (fits(found)) processes.push(found);
  }
  processes.sort((a, b) => a.pid - b.pid);
  return { processes, total };
}

/** One process; null where it ended meanwhile, or is a thread of the kernel. */
function look(pid: number): ListedProcess | null {
  const text = readStart(`/proc/${pid}/status`);
  // The flags that tell a kernel thread stand in a second file, which is only read where there is no memory.
  const quick = text === null ? null : parseStatus(text, 0);
  const status = quick && !quick.hasMemory ? readStatus(pid) : quick;
  if (!status || status.kernelThread) return null;
  const obstacle = obstacleTo(pid, status);
  if (obstacle?.kind === 'no-such-process') return null;
  const uid = status.uids[1] ?? 0;
  return {
    pid,
    uid,
    user: userName(uid),
    name: utf8(status.name),
    commandLine: commandLine(pid),
    residentBytes: status.residentBytes,
    obstacle,
  };
}

function obstacleTo(pid: number, status: ProcessStatus): InspectorErrorData | null {
  try {
    checkSuitable(pid, status);
    return null;
  } catch (cause) {
    return InspectorError.from(cause).toData();
  }
}

function commandLine(pid: number): string {
  const text = readStart(`/proc/${pid}/cmdline`) ?? '';
  return utf8(text.replace(/\0+$/, '').replaceAll('\0', ' ')).slice(0, MOST_COMMAND_LINE);
}

const utf8 = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
