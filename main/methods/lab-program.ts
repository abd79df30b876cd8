import { InspectorError } from '#shared/contract/errors.ts';
import { type CProgram, programPath } from '../native/c-program.ts';
import { platformObstacle } from '../native/syscalls/ffi.ts';

const LAB: CProgram = {
  folder: 'methods',
  home: import.meta.dirname,
  source: 'methods-lab.c',
  ready: 'methods-lab',
  extension: '',
  flags: ['-O2', '-static', '-pthread'],
  missing: (why) =>
    new InspectorError(
      'unsupported',
      `The program that measures tracking methods is not built, and ${why}.`,
      'Install a C compiler (on Debian: apt-get install gcc libc6-dev).',
    ),
};

/** The path of the lab's program (methods-lab.c). Throws InspectorError if it is missing and cannot be built. */
export function labPath(): string {
  const obstacle = platformObstacle();
  if (obstacle) throw obstacle;
  return programPath(LAB);
}
