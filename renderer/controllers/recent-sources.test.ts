import { describe, expect, it } from 'vitest';
import type { OpenSource } from '#shared/contract/commands.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import { checkStillThere, RecentSources } from './recent-sources.ts';

function storage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}
const simulated = (seed: number): OpenSource => ({
  kind: 'simulated',
  workload: 'game-loop',
  parameters: { entities: 5 },
  seed,
});
const titles = (recent: RecentSources): string[] => recent.store.getState().map(({ title }) => title);

describe('recent sources', () => {
  it('are kept between runs, the latest first, each once, a few of them', () => {
    const kept = storage();
    const recent = new RecentSources(kept);
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 3]) recent.note(simulated(seed), `seed ${seed}`, '');
    expect(titles(recent)).toEqual(['seed 3', 'seed 7', 'seed 6', 'seed 5', 'seed 4', 'seed 2']);
    const again = new RecentSources(kept);
    expect(again.store.getState()).toEqual(recent.store.getState());
    again.forget();
    expect(titles(new RecentSources(kept))).toEqual([]);
  });

  it('have launches whole, with their environment, and no recordings', () => {
    const kept = storage();
    const recent = new RecentSources(kept);
    recent.note({ kind: 'recording', path: '/a.mcap' }, 'a', '');
    expect(titles(recent)).toEqual([]);
    const launch = { kind: 'launch' as const, command: 'x', args: ['-v', 'a b'], cwd: '/tmp' };
    recent.note({ ...launch, env: { LEVEL: '3' } }, 'x', '');
    expect(new RecentSources(kept).store.getState()[0]?.source).toEqual({ ...launch, env: { LEVEL: '3' } });
  });

  it('keep a bounded number of launches and of others', () => {
    const recent = new RecentSources(null);
    for (let i = 0; i < 12; i++) {
      recent.note({ kind: 'launch', command: `x${i}`, args: [], cwd: null, env: {} }, `launch ${i}`, '');
      recent.note(simulated(i), `seed ${i}`, '');
    }
    expect(titles(recent).filter((title) => title.startsWith('launch'))).toHaveLength(8);
    expect(titles(recent).filter((title) => title.startsWith('seed'))).toHaveLength(6);
  });

  it.each(['nonsense', '{}', '[1, {"source": {"kind": "other"}}]'])(
    'what was kept wrongly is left out: %s',
    (text) => {
      const kept = storage();
      new RecentSources(kept).note(simulated(1), 'one', '');
      for (const key of kept.kept.keys()) kept.kept.set(key, text);
      expect(titles(new RecentSources(kept))).toEqual([]);
    },
  );

  it('a number that another program has now is refused', async () => {
    const link = {
      call: () => Promise.resolve({ processes: [{ pid: 7, name: 'editor' }], total: 1 }),
    } as unknown as EngineLink;
    const entry = (pid: number, title: string) =>
      ({ source: { kind: 'native', pid }, title, detail: '', at: 0 }) as const;
    await expect(checkStillThere(entry(7, 'editor'), link)).resolves.toBeUndefined();
    await expect(checkStillThere(entry(7, 'game'), link)).rejects.toThrow('is now “editor”');
    await expect(checkStillThere(entry(8, 'game'), link)).rejects.toThrow('has ended');
  });
});
