import { closeSync, openSync, readSync } from 'node:fs';
import * as errors from '../errors.ts';
import { errorCode } from '../../error-code.ts';
import { memoryThread, readStatus } from '../process/status.ts';
import { userName } from '../process/user-names.ts';
import { notVisible } from '../process/visibility.ts';

/** Files in /proc of one process that require read access but no attach; open until `close`. */
export class ProcessFiles {
  readonly pagemap: number;
  readonly maps: number;
  readonly smaps: number;
  private readonly opened: number[] = [];
  private readonly entry = Buffer.alloc(8);

  /** Throws InspectorError if they may not be opened. */
  constructor(pid: number) {
    this.pagemap = this.open(pid, 'pagemap', 'r');
    this.maps = this.open(pid, 'maps', 'r');
    this.smaps = this.open(pid, 'smaps', 'r');
  }

  open(pid: number, name: string, flags: 'r' | 'w'): number {
    try {
      const fd = openSync(`/proc/${memoryThread(pid)}/${name}`, flags);
      this.opened.push(fd);
      return fd;
    } catch (cause) {
      this.close();
      const status = readStatus(pid);
      if (!status || errorCode(cause) === 'ENOENT') throw notVisible(pid);
      const ours = process.geteuid?.() ?? 0;
      const others = status.uids.slice(0, 3).some((uid) => uid !== ours);
      throw others ? errors.otherUser(userName(status.uids[1])) : errors.notDumpable();
    }
  }

  /** Whether the address space still exists: its pagemap reads as empty once the program ended or called exec. */
  alive(): boolean {
    try {
      return readSync(this.pagemap, this.entry, 0, 8, 0) === 8;
    } catch {
      return false;
    }
  }

  pagemapEntry(page: number): bigint | null {
    return readSync(this.pagemap, this.entry, 0, 8, page * 8) === 8 ? this.entry.readBigUInt64LE() : null;
  }

  close(): void {
    for (const fd of this.opened.splice(0)) closeSync(fd);
  }
}
