import { InspectorError } from '#shared/contract/errors.ts';
import { type CProgram, isObtainable, programPath } from '../../c-program.ts';

const noLibrary = (why: string) =>
  new InspectorError(
    'unsupported',
    `The library to be loaded into programs is not built, and ${why}.`,
    'Install a C compiler (on Debian: apt-get install gcc libc6-dev), or use the backend write-protect.',
  );

const place = { folder: 'preload', home: import.meta.dirname, missing: noLibrary };

/** Freestanding, so that it fits every libc. */
const LIBRARY: CProgram = {
  ...place,
  source: 'preload.c',
  ready: 'preload.so',
  extension: '.so',
  flags: ['-shared', '-fPIC', '-O2', '-nostdlib', '-fno-stack-protector', '-U_FORTIFY_SOURCE'],
};
/** Static, for the same reason. */
const LAUNCHER: CProgram = {
  ...place,
  source: 'launcher.c',
  ready: 'launcher',
  extension: '',
  flags: ['-O2', '-static'],
};

/** Whether `libraryPath` can succeed: it is built, or can be built here. Starts nothing. */
export const libraryObtainable = (): boolean => isObtainable(LIBRARY);

/** The library's path; built now, with the C compiler, if that was not done yet. Throws InspectorError. */
export const libraryPath = (): string => programPath(LIBRARY);

/** The path of the program that launches others; null if it is not built and cannot be. */
export function launcherPath(): string | null {
  if (!isObtainable(LAUNCHER)) return null;
  try {
    return programPath(LAUNCHER);
  } catch (cause) {
    if (cause instanceof InspectorError) return null;
    throw cause;
  }
}
