/** One interval as a message of the channel `/writers`; FORMAT.md describes it. */
import { z } from 'zod';
import {
  codePlaceSchema,
  MAX_PLACES,
  type WritersInterval,
  writersIntervalSchema,
} from '#shared/contract/writers.ts';
import { damaged } from '../bytes.ts';
import { parseJson } from '../channels.ts';
import { MAX_WRITERS_BYTES } from '../chunk-content.ts';

const MAX_VALUES = 50_000;

/** JSON has no bigint: addresses are hexadecimal text. */
const storedSchema = writersIntervalSchema.omit({ timeNs: true }).extend({
  places: z.array(codePlaceSchema.extend({ offset: z.string().regex(/^0x[0-9a-f]{1,16}$/) })).max(MAX_PLACES),
});

/** Without its time, which is the message's. An interval that is too long for a message has counts alone. */
export function writersText({ places, writers, runs, omitted, lost }: WritersInterval): string {
  const stored = places.map((place) => ({ ...place, offset: `0x${place.offset.toString(16)}` }));
  const text = JSON.stringify({ places: stored, writers, runs, omitted, lost });
  if (Buffer.byteLength(text) <= MAX_WRITERS_BYTES) return text;
  const pages = pagesOf(runs);
  return JSON.stringify({ places: [], writers: [], runs: [], omitted: omitted + pages, lost });
}

/** @throws InspectorError `damaged-file` if indexes or runs cannot be */
export function parseWriters(text: string, timeNs: number): WritersInterval {
  const stored = parseJson(storedSchema, text, 'writers', MAX_VALUES);
  const places = stored.places.map((place) => ({ ...place, offset: BigInt(place.offset) }));
  const { writers, runs } = stored;
  if (writers.some(({ stack }) => stack.some((index) => index >= places.length)))
    throw damaged('writers with a place that is missing');
  if (runs.length % 3 !== 0) throw damaged('writers with an incomplete run');
  let floor = 0;
  for (let i = 0; i < runs.length; i += 3) {
    const [start, pages, writer] = [runs[i], runs[i + 1], runs[i + 2]];
    if (start < floor || pages < 1 || writer >= writers.length)
      throw damaged(`writers with a run at ${start}`);
    floor = start + pages;
  }
  if (floor > 2 ** 52) throw damaged('writers of pages that cannot be');
  return { ...stored, places, timeNs };
}

function pagesOf(runs: readonly number[]): number {
  let pages = 0;
  for (let i = 1; i < runs.length; i += 3) pages += runs[i];
  return pages;
}
