import { readFileSync, statSync } from 'node:fs';
import { pageOfAddress } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { MAX_EXCHANGE_BYTES, parseRanges } from '#shared/ranges/exchange.ts';
import { type ByteRange, locate, pagesOf } from '#shared/ranges/locate.ts';
import { identityOf } from '#shared/ranges/program-files.ts';
import { plural } from '#shared/plural.ts';
import { systemReason } from '#shared/system-reason.ts';
import { programFiles } from '../native/symbols/program-files.ts';
import { Mappings } from '../native/writers/mappings.ts';
import { memoryThread } from '../native/process/status.ts';
import { BadValue } from './option-values.ts';
import type { Syntax } from './syntax.ts';
import { END_PAGE, processNumber, range } from './process-options.ts';

export interface RangeValues {
  readonly start?: string;
  readonly len?: string;
  readonly name?: string;
  readonly ranges?: string;
}

/** The options of a range by its name. */
export const addNamedRange = (syntax: Syntax): Syntax =>
  syntax
    .option(
      '--name <NAME>',
      'instead of --start and --len: the named range of this name in the file of --ranges',
    )
    .option('--ranges <FILE>', 'named ranges as the window exports them, CSV or JSON: name, start, length');

/**
 * The pages that `--start` and `--len`, or `--name` and `--ranges`, name in process `pid`; null without any. Throws BadValue.
 * @param isElsewhere whether another option uses the file of `--ranges`
 */
export function rangeOption(
  pid: string,
  { start, len, name, ranges }: RangeValues,
  isElsewhere = false,
): PageRange | null {
  if (name === undefined && (ranges === undefined || isElsewhere)) return range(start, len);
  if (name === undefined || ranges === undefined) throw new BadValue('--name and --ranges go together');
  if (start !== undefined || len !== undefined)
    throw new BadValue('--name takes the place of --start and --len');
  const pages = pagesOf(namedRange(processNumber(pid), ranges, name));
  if (pages.end > END_PAGE)
    throw new BadValue(`the range ${name} ends beyond 2^47, where the memory of programs ends`);
  return pages;
}

/** Where the range `name` of a file of named ranges is in process `pid`. Throws BadValue if it is not there, with the reason. */
export function namedRange(pid: number, file: string, name: string): ByteRange {
  const { ranges, bad } = parseRanges(contentsOf(file));
  const found = ranges.filter((one) => one.name === name);
  if (found.length === 0) {
    const [first] = bad;
    const more = first
      ? ` ${bad.length} of its rows cannot be read, such as row ${first.row}: ${first.problem}`
      : '';
    throw new BadValue(`${file} has no range named ${JSON.stringify(name)}.${more}`);
  }
  if (found.length > 1)
    throw new BadValue(`${file} has ${plural(found.length, 'range')} named ${JSON.stringify(name)}`);
  const [{ place, start, length }] = found;
  if (place === null) return { start: start ?? 0n, length };
  const mappings = new Mappings(memoryThread(pid));
  mappings.refresh();
  const location = locate(place, mappings.all, identityOf(programFiles(pid, new Map())));
  if (!location.ok) throw new BadValue(`the range ${name} is not in process ${pid}: ${location.reason}`);
  if (pageOfAddress(location.start) >= END_PAGE)
    throw new BadValue(`the range ${name} is beyond the program's memory`);
  return { start: location.start, length };
}

function contentsOf(file: string): string {
  try {
    if (statSync(file).size > MAX_EXCHANGE_BYTES) throw new BadValue(`${file} is larger than 4 MiB`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof BadValue) throw cause;
    throw new BadValue(`${file} cannot be read: ${systemReason(cause)}`);
  }
}
