/**
 * What became of an aligned 2 MiB: `done`, or not: `later` and `busy` (pinned) let MADV_COLLAPSE go on with the next,
 * `never` ends it.
 */
export type CollapseOutcome = 'done' | 'later' | 'busy' | 'never';
