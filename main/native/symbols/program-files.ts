import { readlinkSync } from 'node:fs';
import { MAX_PROGRAM_FILES, type ProgramFiles } from '#shared/ranges/program-files.ts';
import { memoryThread } from '../process/status.ts';
import { Mappings } from '../writers/mappings.ts';
import { readBuildId } from './build-id.ts';

/** The files that process `pid` has mapped, with their build ids, and which of them it is. @param known build ids that were read before */
export function programFiles(pid: number, known: Map<string, string | null>): ProgramFiles {
  const mappings = new Mappings(memoryThread(pid));
  mappings.refresh();
  const paths = new Set<string>();
  for (const { name, kind } of mappings.all)
    if (kind.startsWith('file') && name.startsWith('/') && paths.size < MAX_PROGRAM_FILES) paths.add(name);
  const idOf = (path: string): string | null => {
    const id = known.has(path) ? known.get(path) : readBuildId(`/proc/${pid}/root${path}`);
    known.set(path, id ?? null);
    return id ?? null;
  };
  const files = [...paths].map((path) => ({ path, buildId: idOf(path) }));
  const executable = executableOf(pid);
  const own = executable === null ? null : idOf(executable);
  return { program: own === null ? `path:${executable ?? ''}` : `build:${own}`, files };
}

function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}
