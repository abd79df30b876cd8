import { z } from 'zod';
import { formatPage, PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { VMA_KINDS } from '#shared/memory/vma.ts';

/** The files of one dump, below DIR/0001, DIR/0002 …; FORMAT.md describes them. */
export const MANIFEST_FILE = 'dump.json';
export const PAGES_FILE = 'pages.bin';
export const DUMP_VERSION = 1;

/** A page number as the address of its first byte. */
const address = z
  .string()
  .regex(/^0x[0-9a-f]{1,16}$/)
  .transform((text) => BigInt(text))
  .refine((value) => value % BigInt(PAGE_SIZE) === 0n, 'is not the start of a page')
  .transform(pageOfAddress);
const count = z
  .number()
  .int()
  .min(1)
  .max(2 ** 52);
const MAX_RUNS = 2 ** 24;
const runs = z.array(z.tuple([address, count])).max(MAX_RUNS);

export const manifestSchema = z.object({
  format: z.literal('soft-dirty dump'),
  version: z.literal(DUMP_VERSION),
  /** The same in all dumps of one series. */
  series: z.uuid(),
  /** 1 is the full dump. */
  number: z.number().int().min(1),
  /** What holds the pages: everything, or what changed since the dump before. */
  kind: z.enum(['full', 'increment']),
  pid: z.number().int(),
  program: z.string(),
  /** ISO 8601. */
  takenAt: z.string(),
  backend: z.string(),
  /** Threads that were stopped meanwhile, and for how long, in nanoseconds. */
  threads: z.number().int(),
  stoppedNs: z.number(),
  /** Only this part of the memory was dumped; null: all. */
  range: z.tuple([address, count]).nullable(),
  vmas: z
    .array(
      z.object({
        start: address,
        pages: count,
        perms: z.string().max(4),
        kind: z.enum(VMA_KINDS),
        name: z.string(),
        /** Why writes to it are not all seen; its pages are in every dump then. */
        untracked: z.string().exactOptional(),
      }),
    )
    .max(MAX_RUNS),
  /** Pages with contents of their own at that time, ascending. */
  own: runs,
  /** Those that could not be read. */
  unread: runs,
  /** Contents in PAGES_FILE: first page, pages, and the place in the file, in pages. */
  pages: z.array(z.tuple([address, count, z.number().int().min(0)])).max(MAX_RUNS),
  /** CRC-32 (that of zlib) of PAGES_FILE. */
  crc32: z.number().int().min(0).max(0xffffffff),
});

/** Page numbers, if the file has addresses. */
export type Manifest = z.output<typeof manifestSchema>;

/** The text of a manifest. */
export function manifestText(manifest: Manifest): string {
  const pairs = (all: Manifest['own']) => all.map(([page, pages]) => [formatPage(page), pages]);
  return `${JSON.stringify({
    ...manifest,
    range: manifest.range && [formatPage(manifest.range[0]), manifest.range[1]],
    vmas: manifest.vmas.map((vma) => ({ ...vma, start: formatPage(vma.start) })),
    own: pairs(manifest.own),
    unread: pairs(manifest.unread),
    pages: manifest.pages.map(([page, pages, at]) => [formatPage(page), pages, at]),
  })}\n`;
}
