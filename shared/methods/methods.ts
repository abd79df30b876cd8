import { z } from 'zod';

/** The tracking methods that main/methods/methods-lab.c measures, in the order in which they are shown. */
export const METHOD_IDS = ['soft-dirty', 'wp-async', 'uffd-handler', 'mprotect', 'compare'] as const;
export type MethodId = (typeof METHOD_IDS)[number];

/** Names and one sentence about each way. */
export const METHODS: Readonly<Record<MethodId, { readonly name: string; readonly explanation: string }>> = {
  'soft-dirty': {
    name: 'Soft-dirty bits',
    explanation:
      'Writing 4 to clear_refs write-protects every page of the process, and the fault of the next write sets a bit that PAGEMAP_SCAN or pagemap shows; reading and clearing are two steps, and a part of the memory cannot be cleared.',
  },
  'wp-async': {
    name: 'PAGEMAP_SCAN',
    explanation:
      'Pages are write-protected through userfaultfd in its asynchronous mode, the kernel itself removes the protection at the first write, and one ioctl returns the written pages of a range and protects them again atomically.',
  },
  'uffd-handler': {
    name: 'userfaultfd handler',
    explanation:
      'The first write to a page blocks its thread until another thread has read the message about it, noted the page and removed the protection.',
  },
  mprotect: {
    name: 'mprotect + SIGSEGV',
    explanation:
      'Pages are read-only, the first write to one raises SIGSEGV, and the signal handler notes the page and makes it writable with mprotect, which splits the mapping.',
  },
  compare: {
    name: 'Comparison',
    explanation:
      'A copy of the memory is kept and compared: writes cost nothing, each scan reads everything twice, and writes that change nothing are missed.',
  },
};

const ns = z.number().min(0);
const count = z.number().int().min(0);

/** One way in one case: medians over the rounds of one run of the lab's program. */
export const methodRowSchema = z.object({
  method: z.enum(METHOD_IDS),
  pages: z.enum(['small', 'huge']),
  /** Share of all pages that is written in each round. */
  percent: z.number().int().min(1).max(100),
  /** Threads that write the pages. */
  threads: z.number().int().min(1),
  rounds: z.number().int().min(1),
  written: z.number().int().min(1),
  /** Written pages that were not found, summed over the rounds; and pages found in one round that were not written. */
  missed: count,
  extra: count,
  /** What the first write to a page costs its thread, and the same write again. */
  firstNs: ns,
  plainNs: ns,
  /** Listing the written pages of all memory, arming all memory again, and both in one atomic step where that exists. */
  scanNs: ns,
  armNs: ns,
  takeNs: ns.nullable(),
  /** Huge pages of the memory before the first write and after the round. */
  hugeBefore: count,
  hugeAfter: count,
});
export type MethodRow = z.infer<typeof methodRowSchema>;

/** Whether a way works on this machine; `reason`: why it does not. */
export const methodStateSchema = z.object({ method: z.enum(METHOD_IDS), reason: z.string().nullable() });
export type MethodState = z.infer<typeof methodStateSchema>;

/** What is measured. */
export const labSizeSchema = z.object({
  /** Bytes of memory that is tracked. */
  bytes: z
    .number()
    .int()
    .min(2 ** 21)
    .max(2 ** 30),
  percents: z.array(z.number().int().min(1).max(100)).min(1).max(8),
  threads: z.array(z.number().int().min(1).max(64)).min(1).max(8),
  /** For one case of one way; a round that has begun ends, and every way of scanning is measured once. */
  budgetMs: z.number().int().min(1).max(10_000),
});
export type LabSize = z.infer<typeof labSizeSchema>;

export const LAB_SIZE: LabSize = {
  bytes: 2 ** 25,
  percents: [1, 10, 100],
  threads: [1, 2, 4, 8],
  budgetMs: 200,
};

export const methodReportSchema = z.object({
  kernel: z.string(),
  processors: z.number().int().min(1),
  size: labSizeSchema,
  methods: z.array(methodStateSchema),
  rows: z.array(methodRowSchema),
  tookMs: ns,
});
export type MethodReport = z.infer<typeof methodReportSchema>;

/** What is reported while the lab runs. */
export const methodProgressSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('method'), state: methodStateSchema }),
  z.object({ kind: z.literal('row'), row: methodRowSchema }),
]);
export type MethodProgress = z.infer<typeof methodProgressSchema>;
