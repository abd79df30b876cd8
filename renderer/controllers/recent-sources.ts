import { type OpenSource, openSourceSchema } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { z } from 'zod';
import type { EngineLink } from '../engine/engine-link.ts';
import type { KeyValueStore } from '../stores/view-store.ts';

const recentSchema = z.object({
  source: openSourceSchema,
  title: z.string().max(200),
  detail: z.string().max(400),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type RecentSource = z.infer<typeof recentSchema>;

const KEY = 'soft-dirty-inspector:recent';
const MAX_LAUNCHES = 8;
const MAX_OTHERS = 6;

/**
 * The sources opened last, latest first, kept between runs; not recordings, which the shell remembers, nor scenarios,
 * whose text may be long. Launches are kept with their environment, in the user's own profile.
 */
export class RecentSources {
  readonly store: StoreApi<readonly RecentSource[]>;
  private readonly storage: KeyValueStore | null;

  constructor(storage: KeyValueStore | null) {
    this.storage = storage;
    this.store = createStore<readonly RecentSource[]>(() => read(storage));
  }

  note(source: OpenSource, title: string, detail: string, at = Date.now()): void {
    if (source.kind === 'recording' || source.kind === 'scenario') return;
    const same = JSON.stringify(source);
    const others = this.store.getState().filter((one) => JSON.stringify(one.source) !== same);
    const entry = { source, title: title.slice(0, 200), detail: detail.slice(0, 400), at };
    const list = limited([entry, ...others]);
    this.store.setState(list, true);
    this.keep(list);
  }

  forget(): void {
    this.store.setState([], true);
    this.keep([]);
  }

  private keep(list: readonly RecentSource[]): void {
    try {
      this.storage?.setItem(KEY, JSON.stringify(list));
    } catch {
      // If the storage is full or denied, only this list is lost.
    }
  }
}

/** The latest of each kind. */
function limited(list: readonly RecentSource[]): RecentSource[] {
  let [launches, others] = [0, 0];
  return list.filter(({ source }) =>
    source.kind === 'launch' ? launches++ < MAX_LAUNCHES : others++ < MAX_OTHERS,
  );
}

/** What was kept, without entries in another version's format. */
function read(storage: KeyValueStore | null): RecentSource[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]');
    if (!Array.isArray(value)) return [];
    return limited(
      value.flatMap((entry) => {
        const parsed = recentSchema.safeParse(entry);
        return parsed.success ? [parsed.data] : [];
      }),
    );
  } catch {
    return [];
  }
}

/** Process numbers are reused: rejects if `recent` was a process and its number is another program's now. */
export async function checkStillThere({ source, title }: RecentSource, link: EngineLink): Promise<void> {
  if (source.kind !== 'native') return;
  const { processes } = await link.call('processes.list', { search: String(source.pid) });
  const found = processes.find(({ pid }) => pid === source.pid);
  if (found?.name === title) return;
  throw new InspectorError(
    'no-such-process',
    found
      ? `Process ${source.pid} is now “${found.name}”, no longer “${title}”.`
      : `Process ${source.pid}, “${title}”, has ended.`,
    'Select the program in the list of processes.',
  );
}
