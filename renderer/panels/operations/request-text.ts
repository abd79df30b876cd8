import { NO_REUSED_REGIONS } from '#shared/source/operation.ts';
import type { OperationForm } from '../../stores/operations-store.ts';

/** A request of the ioctl, typed here or read from a recording. */
interface ShownRequest {
  readonly start: bigint;
  readonly len: bigint;
  readonly vecLen: number;
  readonly flags: number;
}

/**
 * The arguments of a request, none rounded: start and len as they were typed, else in hexadecimal digits; vec_len; flags
 * by name.
 */
export function requestText(
  { start, len, vecLen, flags }: ShownRequest,
  typed: Pick<OperationForm, 'start' | 'len'> | null = null,
): string {
  return [
    typed?.start.trim() || hex(start),
    `len ${typed?.len.trim() || hex(len)}`,
    `vec_len ${vecLen}`,
    flagNames(flags),
  ].join(' ');
}

/** Flags by name; bits without one as a number. */
function flagNames(flags: number): string {
  const rest = flags & ~NO_REUSED_REGIONS;
  const names = [
    ...((flags & NO_REUSED_REGIONS) !== 0 ? ['NO_REUSED_REGIONS'] : []),
    ...(rest !== 0 ? [`0x${(rest >>> 0).toString(16)}`] : []),
  ];
  return names.length > 0 ? names.join(' | ') : 'flags 0';
}

const hex = (value: bigint): string =>
  `${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)}`;
