import { closeSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { whileLocked } from '../../attach/inspector-lock.ts';
import * as errors from '../../errors.ts';
import { ERRNO } from '../../syscalls/constants.ts';
import { errnoName } from '../../syscalls/errno.ts';
import type { Backend } from '../write-tracker.ts';
import { protectingBackend } from '../write-protect-backend.ts';
import { DescriptorChannel } from './channel.ts';
import { libraryPath } from './library.ts';
import { loadObstacle } from './loadable.ts';

/** A program's dynamic linker gets to the library within milliseconds, on a busy machine within a second. */
const PATIENCE_MS = 5000;
const POLL_MS = 2;

const LABEL = 'PAGEMAP_SCAN + userfaultfd, by a preloaded library';

/** The program's end of the channel: the descriptor after standard input, output and error. */
const FIRST_INHERITED = 3;

export interface ProgramToLaunch {
  readonly command: string;
  readonly cwd: string | null;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A program that will be started with the library in it. */
export class PreloadLaunch {
  /** What the program's environment needs beside its own. */
  readonly env: Readonly<Record<string, string>>;
  private readonly channel: DescriptorChannel;

  /**
   * `waits`: the program does not begin before it is watched, so that nothing it writes is missed. Throws InspectorError
   * if the library cannot be loaded into it.
   */
  constructor({ command, cwd, env }: ProgramToLaunch, waits: boolean) {
    const library = libraryPath();
    const obstacle = loadObstacle(command, cwd, env['PATH'] ?? '');
    if (obstacle) throw obstacle;
    this.channel = new DescriptorChannel();
    const preloaded = env['LD_PRELOAD'];
    this.env = {
      LD_PRELOAD: preloaded ? `${library}:${preloaded}` : library,
      SOFT_DIRTY_INSPECTOR: `${FIRST_INHERITED}${waits ? 'w' : ''}`,
    };
  }

  /** Descriptors that the program gets, from number 3 on. */
  get inherit(): readonly number[] {
    return [this.channel.theirs];
  }

  /**
   * Waits until process `pid`, the program that was started, has sent its descriptor, and lets `watch` open the backend
   * on it; the program continues when that is done or has failed. Rejects with an InspectorError.
   */
  async attach<T>(pid: number, watch: (open: () => Backend) => T): Promise<T> {
    this.channel.handedOver();
    let uffd = -1;
    try {
      uffd = await this.descriptor(pid);
      return watch(() => {
        const taken = uffd;
        uffd = -1;
        return whileLocked(pid, () => protectingBackend(pid, taken, 'preload', LABEL, 0));
      });
    } finally {
      if (uffd >= 0) closeSync(uffd);
      this.channel.answer();
      this.close();
    }
  }

  close(): void {
    this.channel.close();
  }

  private async descriptor(pid: number): Promise<number> {
    for (const begin = performance.now(); performance.now() - begin < PATIENCE_MS; await sleep(POLL_MS)) {
      const received = this.channel.receive();
      switch (received.kind) {
        case 'descriptor':
          return received.fd;
        case 'failed':
          throw refused(received.errno);
        case 'closed':
          throw existsSync(`/proc/${pid}`) ? notLoaded() : errors.hasEnded(pid);
        case 'nothing':
      }
    }
    throw notLoaded();
  }
}

function refused(errno: number): InspectorError {
  if (errno === ERRNO.ENOSYS) return errors.noUserfaultfd();
  if (errno === ERRNO.EPERM) return errors.userfaultfdForbidden();
  return new InspectorError(
    'unsupported',
    `The program could not create a userfaultfd: ${errnoName(errno)}.`,
    'Use another backend.',
  );
}

const notLoaded = () =>
  new InspectorError(
    'unsupported',
    'The program did not load the tracking library: it may run with special rights, or load no libraries.',
    'Use the backend write-protect.',
  );
