import { PAGE_SIZE } from '#shared/memory/page.ts';
import { tryIoctl } from '../syscalls/calls.ts';
import { IOCTL, PAGE_IS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

export interface RawRequest {
  readonly flags?: number;
  readonly start: number;
  readonly end: number;
  /** Regions that fit; without it no buffer is given. */
  readonly vecLen?: number;
  /** A length without a buffer. */
  readonly nullVec?: boolean;
  readonly maxPages?: number;
  readonly inverted?: number;
  readonly mask?: number;
  readonly anyOf?: number;
  readonly returned?: number;
}

export interface RawResult {
  /** Regions, or a negative errno. */
  readonly n: number;
  /** [first, pages] from the start of the range. */
  readonly regions: readonly (readonly [number, number])[];
  readonly pages: number;
  /** In pages from the start of the range. */
  readonly walkEnd: number;
}

/** One plain PAGEMAP_SCAN, without what PagemapScan adds. Written pages by default. */
export function rawScan(pagemap: number, request: RawRequest): RawResult {
  const { start, end, vecLen = 0 } = request;
  const vec = new NativeBuffer(Math.max(vecLen, 1) * 24);
  const argument = new NativeBuffer(96);
  const words = [
    96,
    request.flags ?? 0,
    start * PAGE_SIZE,
    end * PAGE_SIZE,
    0,
    vecLen > 0 && request.nullVec !== true ? vec.address : 0,
    vecLen,
    request.maxPages ?? 0,
    request.inverted ?? 0,
    request.mask ?? PAGE_IS.WRITTEN,
    request.anyOf ?? 0,
    request.returned ?? PAGE_IS.WRITTEN,
  ];
  words.forEach((word, i) => (argument.u64[i] = BigInt(word)));
  const n = tryIoctl(pagemap, IOCTL.PAGEMAP_SCAN, argument);
  const page = (word: bigint) => Number(word) / PAGE_SIZE - start;
  const regions = Array.from({ length: Math.max(n, 0) }, (_, i) => {
    const first = page(vec.u64[i * 3]);
    return [first, page(vec.u64[i * 3 + 1]) - first] as const;
  });
  const pages = regions.reduce((sum, [, count]) => sum + count, 0);
  return { n, regions, pages, walkEnd: page(argument.u64[4]) };
}
