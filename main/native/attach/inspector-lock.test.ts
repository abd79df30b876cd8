/** Two inspectors on one program, each in a separate process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { runProbe } from '../probe/probe.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { Script, Target } from '../testing/target.ts';

let scripts: BuiltScripts;
let target: Target;

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts', 'native/testing/attach-once.ts');
  target = await Target.start(scripts.path('test-target'));
});
afterAll(async () => {
  await target.kill();
});

async function second(backend: string): Promise<unknown> {
  const script = new Script(scripts.path('attach-once'), [String(target.pid), backend]);
  return JSON.parse(await script.line());
}

describe('a second inspector', () => {
  it('is refused with the pid of the first, which loses nothing; it may read, and attach when the first is gone', async () => {
    const first = await NativeSource.attach(target.pid);
    const page = await target.map(100);
    await first.sample({ mode: 'interval', tiles: new TileSet(), state: false });
    await target.write(page + 3, page + 50);
    const refused = {
      kind: 'already-traced',
      message: `Process ${target.pid} is already tracked by another inspector (process ${process.pid}).`,
    };
    expect(await second('best')).toEqual(refused);
    for (const { id, available } of runProbe().backends) {
      if (!available || id === 'preload') continue;
      expect(await second(id)).toEqual(id === 'compare' ? { kind: 'attached', message: '' } : refused);
    }
    const tiles = new TileSet();
    await first.sample({ mode: 'interval', tiles, state: false });
    const written = [...tiles.runs(Plane.Written)].filter(([start]) => start >= page && start < page + 100);
    expect(written).toEqual([
      [page + 3, page + 4],
      [page + 50, page + 51],
    ]);
    await first.close();
    expect(await second('best')).toEqual({ kind: 'attached', message: '' });
  });
});
