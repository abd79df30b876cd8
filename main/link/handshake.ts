/** The first data of both ends of a link: a line that no start-up text contains, and one message. */
import { z } from 'zod';
import { version } from '../../package.json' with { type: 'json' };
import { InspectorError } from '#shared/contract/errors.ts';
import { damagedStream } from './stream-errors.ts';

/** Counted up with every change of the stream's format or of the contract's meaning. */
export const PROTOCOL_VERSION = 2;

/** First bytes of each direction. Not text, so that no start-up file prints them. */
export const PREAMBLE = Buffer.from('\u0089SDI-STREAM\r\n', 'latin1');

/** How much a login shell may print before the preamble. */
const MAX_BANNER_BYTES = 64 * 1024;

/** What the engine introduces itself with. */
export const engineHelloSchema = z.object({
  type: z.literal('engine'),
  protocol: z.number().int(),
  version: z.string().max(100),
  /** The engine's machine: `linux x64`, release, host name. */
  platform: z.string().max(100),
  kernel: z.string().max(200),
  host: z.string().max(300),
  user: z.string().max(300),
  /** Whether it may create and read files; else they are made at the other end. */
  files: z.boolean(),
});
export type EngineHello = z.infer<typeof engineHelloSchema>;

/** What the window's end introduces itself with. */
export const windowHelloSchema = z.object({
  type: z.literal('window'),
  protocol: z.number().int(),
  version: z.string().max(100),
  /** Whether the engine compresses what it sends. */
  compress: z.boolean(),
  /** Key of the permits that commands need, hexadecimal; null if the other end is the user. */
  permitKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
export type WindowHello = z.infer<typeof windowHelloSchema>;

export const ownVersion = { protocol: PROTOCOL_VERSION, version };

/** Finds the end of the preamble in the first bytes of a stream. */
export class PreambleFinder {
  private seen: Buffer = Buffer.alloc(0);

  /**
   * @returns what follows the preamble, or null if it has not come yet
   * @throws InspectorError `link-lost` if other data come instead
   */
  push(chunk: Uint8Array): Uint8Array | null {
    this.seen = Buffer.concat([this.seen, chunk]);
    const at = this.seen.indexOf(PREAMBLE);
    if (at >= 0 && at <= MAX_BANNER_BYTES) return this.seen.subarray(at + PREAMBLE.length);
    if (this.seen.length > MAX_BANNER_BYTES + PREAMBLE.length) {
      throw damagedStream(`${MAX_BANNER_BYTES / 1024} KiB without the start of the protocol`);
    }
    return null;
  }
}

/** The two ends have different versions. @param end the other one */
export function otherVersion(end: 'window' | 'engine', theirs: string): InspectorError {
  return new InspectorError(
    'link-lost',
    `The ${end} at the other end is version ${theirs}, which this version ${version} cannot connect with.`,
    'Install the same version of Soft-Dirty Inspector on both machines.',
  );
}
