import { fileURLToPath } from 'node:url';
import { parseBytes } from '#shared/memory/page.ts';
import { BACKEND_NAMES, type BackendName } from '#shared/source/backend.ts';
import { plural } from '#shared/plural.ts';

/** Maximum duration that an option accepts, in seconds. */
export const MAX_SECONDS = 1e9;

/** Wrong usage of a command. */
export class BadValue extends Error {}

export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new BadValue(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}

export function decimal(option: string, text: string, least: number, most: number, unit: string): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new BadValue(`${option} takes ${least} to ${most} ${unit}, not ${JSON.stringify(text)}`);
}

/** Bytes as a number, exact up to 2^53. */
export function byteCount(option: string, text: string, least: number): number {
  const value = parseBytes(text);
  const bytes = value === null ? NaN : Number(value);
  if (bytes >= least && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  const example = 'with K, M, G or T for the binary units';
  throw new BadValue(
    `${option} takes at least ${plural(least, 'byte')}, ${example}, not ${JSON.stringify(text)}`,
  );
}

export function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new BadValue(`${option} is one of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
}

export function backendOf(text: string): BackendName {
  return oneOf('--backend', text, BACKEND_NAMES);
}

/** The one file that a command takes. */
export function oneFile(positionals: readonly string[]): string {
  const [file, ...others] = positionals;
  if (file === undefined) throw new BadValue('which file?');
  if (others.length > 0) throw new BadValue('expected one file');
  return filePath(file);
}

/** A path as it is, or that of a `file://` URL. */
export function filePath(text: string): string {
  if (!text.startsWith('file:')) return text;
  try {
    return fileURLToPath(text);
  } catch {
    throw new BadValue(`${JSON.stringify(text)} is not a file of this machine`);
  }
}
