import { expect, it } from 'vitest';
import { DEFAULT_MACHINE, type Step, type StepResult } from '../../scenarios/steps.ts';
import { dumpMachine } from '../testing/dump-machine.ts';
import { StepExecutor } from './execute-step.ts';
import { Machine } from '../machine.ts';
import { randomSteps } from '../testing/random-steps.ts';

/**
 * Calls that change something although they fail, as in the kernel:
 * - mprotect and madvise work VMA by VMA and stop at the first error; a gap is reported at the end;
 * - mremap unmaps its destination, and the tail of a range that shrinks, before it looks at the source;
 * - a failed second split keeps the first: munmap, mprotect, madvise, userfaultfd, the ioctl;
 * - the ioctl has cleared what it walked when it fails with ENOMEM, EIO, or (posted) EPERM;
 * - UFFDIO_WRITEPROTECT and PAGEMAP_SCAN have protected what came before;
 * - a pin has faulted in the pages before the bad one.
 */
function mayChange(step: Step, errno: string): boolean {
  switch (step.op) {
    case 'mprotect':
    case 'madvise':
    case 'pin':
    case 'uffd_writeprotect':
    case 'pagemap_scan':
      return true;
    case 'mremap':
      return step.newAddr !== undefined && (errno === 'EFAULT' || errno === 'ENOMEM');
    case 'munmap':
    case 'uffd_register':
    case 'uffd_unregister':
      return errno === 'ENOMEM';
    case 'ioctl':
      return errno === 'ENOMEM' || errno === 'EIO' || errno === 'EPERM';
    default:
      return false;
  }
}

const errnoOf = (result: StepResult): string | null => ('errno' in result ? result.errno : null);

it.each(Array.from({ length: 40 }, (_, i) => i + 500))(
  'a call that fails changes nothing, seed %i',
  (seed) => {
    const { settings, steps } = randomSteps(seed);
    const all = { ...DEFAULT_MACHINE, ...settings };
    const executor = new StepExecutor(new Machine({ ...all, heap: Number(all.heap) }), null);
    for (const step of steps) {
      const before = dumpMachine(executor.machine);
      const errno = errnoOf(executor.execute(step));
      if (errno === null || mayChange(step, errno)) continue;
      expect(dumpMachine(executor.machine) === before, `${step.op} ${errno}`).toBe(true);
    }
  },
);
