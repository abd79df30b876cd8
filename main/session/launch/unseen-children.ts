import type { SourceEvent } from '#shared/source/source.ts';
import type { StartedProcess } from './running-program.ts';

type Notice = SourceEvent & { type: 'notice' };

const MAX_NAMES = 50;
/** Children that are remembered as noticed. */
const MAX_NOTICED = 4096;

/**
 * Processes that a launched program started and that no notice named: they ended before their parent's children
 * were polled. Reported when the program ends, with their pids where it is a wrapper (launcher.c).
 */
export class UnseenChildren {
  private readonly unseen = new Map<number, string>();
  /** A notice can come before the launcher's report of the same process. */
  private readonly seen = new Set<number>();
  /** Named by `notice`: the source can find them after that. */
  private readonly reported = new Set<number>();
  private unnamed = false;
  private any = false;

  started(process: StartedProcess | null): void {
    if (process !== null) this.reported.delete(process.pid);
    if (process === null) this.unnamed = true;
    else if (!this.seen.delete(process.pid)) this.unseen.set(process.pid, process.name);
  }

  /** A notice of the source. @returns whether it is to be reported: false if all that it names was reported */
  noticed({ process, children = [] }: Notice): boolean {
    if (process?.kind === 'child') this.any = true;
    if (children.length > 0 && children.every((pid) => this.reported.has(pid))) return false;
    for (const pid of children) {
      if (!this.unseen.delete(pid) && this.seen.size < MAX_NOTICED) this.seen.add(pid);
    }
    return true;
  }

  /** What is left to be reported; null: nothing, or it was reported. */
  notice(pid: number): Notice | null {
    const children = [...this.unseen];
    if (children.length === 0 && (!this.unnamed || this.any)) return null;
    for (const [child] of children.slice(0, MAX_NOTICED)) this.reported.add(child);
    this.unseen.clear();
    this.any = true;
    const count = children.length === 1 ? 'a process' : `${children.length || 'other'} processes`;
    const shown = children.slice(0, MAX_NAMES).map(([child, name]) => `${child} (${name})`);
    const names = shown.length === 0 ? '' : `: ${shown.join(', ')}`;
    const more = children.length > MAX_NAMES ? ` and ${children.length - MAX_NAMES} more` : '';
    const message =
      `Process ${pid} started ${count} that ended before they were noticed${names}${more}. Only process ${pid} is watched: ` +
      `what it starts as a child is not. Launch that program itself, or start it with exec.`;
    return { type: 'notice', message, process: { kind: 'child', pid: children[0]?.[0] ?? null } };
  }
}
