/**
 * The outcome for an aligned 2 MiB. After `later` and `busy` (pinned) MADV_COLLAPSE continues with the next one; `never`
 * ends it.
 */
export type CollapseOutcome = 'done' | 'later' | 'busy' | 'never';
