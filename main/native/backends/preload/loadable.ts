import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';

const PT_INTERP = 3;
const EM_X86_64 = 62;
const ELF_HEADER_BYTES = 64;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
/** Scripts that interpret scripts: the kernel's own limit (fs/exec.c, exec_binprm). */
const MAX_SCRIPTS = 5;

/**
 * Why a library cannot be loaded into the program that `command` starts, judging by its file; null if it can be. A file
 * that is not found is reported by the launch itself.
 */
export function loadObstacle(
  command: string,
  cwd: string | null,
  path: string,
  depth = 0,
): InspectorError | null {
  const file = findProgram(command, cwd, path);
  if (file === null) return null;
  if ((statSync(file).mode & (S_ISUID | S_ISGID)) !== 0) {
    return cannot(
      file,
      'it runs with the rights of its owner (setuid), and the system loads nothing into such programs',
    );
  }
  const start = head(file);
  if (start === null) return null;
  const script = /^#! *(\S+)/.exec(start.toString('latin1', 0, 256));
  if (script) return depth < MAX_SCRIPTS ? loadObstacle(script[1], cwd, path, depth + 1) : null;
  if (start.length < ELF_HEADER_BYTES || start.readUInt32BE(0) !== 0x7f454c46) return null;
  if (start[4] !== 2 || start.readUInt16LE(18) !== EM_X86_64)
    return cannot(file, 'it is not a 64-bit program for x86-64');
  return hasInterpreter(start) ? null : cannot(file, 'it is statically linked');
}

const cannot = (file: string, why: string) =>
  new InspectorError(
    'unsupported',
    `No library can be loaded into ${file}: ${why}.`,
    'Use the backend write-protect.',
  );

/** Searches the path as execvp does. */
function findProgram(command: string, cwd: string | null, path: string): string | null {
  const base = cwd ?? process.cwd();
  const places = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(base, command)]
    : path.split(delimiter).map((folder) => join(folder, command));
  return places.find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The first page, where the linker puts the program headers; null if it cannot be read. */
function head(file: string): Buffer | null {
  try {
    const fd = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(4096);
      return bytes.subarray(0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** Whether a program header requests a dynamic linker (elf.h, Elf64_Ehdr and Elf64_Phdr). */
function hasInterpreter(elf: Buffer): boolean {
  const offset = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const at = offset + i * size;
    if (at + 4 > elf.length) return true;
    if (elf.readUInt32LE(at) === PT_INTERP) return true;
  }
  return false;
}
