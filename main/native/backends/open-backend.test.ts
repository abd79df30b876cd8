import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, addressOfPage } from '#shared/memory/page.ts';
import { Tracee } from '../attach/tracee.ts';
import { NativeSource } from '../native-source.ts';
import { runProbe } from '../probe/probe.ts';
import { ProcessFreezer } from '../process-freezer.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { marks } from '../testing/marks.ts';
import { Target } from '../testing/target.ts';
import { openBackend } from './open-backend.ts';
import { ProcessFiles } from './process-files.ts';

let scripts: BuiltScripts;
let target: Target;

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
});
afterEach(() => target.kill());

const start = async () => (target = await Target.start(scripts.path('test-target')));
const usable = (id: string) => runProbe().backends.some((found) => found.id === id && found.available);

describe('openBackend', () => {
  it('uses the choice of the probe, or the requested backend', async () => {
    const { pid } = await start();
    const freezer = new ProcessFreezer(pid);
    const selected = openBackend({ pid, launched: false }, {}, freezer);
    expect(selected.name).toBe(runProbe().choice.running);
    selected.tracker.close();
    const asked = openBackend({ pid, launched: false }, { backend: 'compare' }, freezer);
    expect(asked.name).toBe('compare');
    asked.tracker.close();
  });

  it('reports why one cannot be used, and touches nothing', async () => {
    const { pid } = await start();
    await expect(NativeSource.attach(pid, { backend: 'preload' })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    if (!usable('soft-dirty')) {
      await expect(NativeSource.attach(pid, { backend: 'soft-dirty' })).rejects.toMatchObject({
        kind: 'unsupported',
        message: expect.stringMatching(/soft-dirty cannot be used here\. .*soft-dirty bits/) as string,
      });
    }
    await expect(NativeSource.attach(2 ** 30)).rejects.toMatchObject({ kind: 'no-such-process' });
    expect(marks(pid)).toMatchObject({ tracer: 0 });
  });

  it('tracks a sandboxed program without injecting anything, and reports why', async () => {
    await start();
    expect(await target.send({ op: 'seccomp' })).toBe(0);
    await expect(NativeSource.attach(target.pid, { backend: 'write-protect' })).rejects.toMatchObject({
      kind: 'sandboxed',
    });
    const source = await NativeSource.attach(target.pid);
    expect(source.backend).toBe(usable('soft-dirty') ? 'soft-dirty' : 'compare');
    const notice = new Promise((resolve) => source.onEvent(resolve));
    expect(await notice).toMatchObject({
      type: 'notice',
      message: expect.stringMatching(
        /^Sandboxed program: .* Tracked by .* instead of write-protect/,
      ) as string,
    });
    const page = await target.map(10);
    await target.write(page + 3);
    const request = { start: addressOfPage(page), len: BigInt(10 * PAGE_SIZE), vecLen: 10, flags: 0 };
    const runs = new Float64Array([page + 3, 1]);
    expect(await source.operate({ ...request, op: 'GET_AND_CLEAR' })).toMatchObject({ runs });
    expect(await source.operate({ ...request, op: 'GET' })).toMatchObject({ ret: 0 });
    await source.close();
  });

  it('tracks a program that is being debugged', async () => {
    const { pid } = await start();
    const tracee = Tracee.seize(pid);
    try {
      await expect(NativeSource.attach(pid, { backend: 'write-protect' })).rejects.toMatchObject({
        kind: 'already-traced',
        message: expect.stringContaining(String(process.pid)) as string,
      });
      const source = await NativeSource.attach(pid);
      expect(source.backend).toBe(usable('soft-dirty') ? 'soft-dirty' : 'compare');
      await source.close();
    } finally {
      tracee.interrupt();
      tracee.waitStop(1000);
      tracee.detach();
    }
  });

  it.runIf(process.geteuid?.() === 0)('names the owner of a program that may not be read', async () => {
    const { pid } = await start();
    process.seteuid?.(65534);
    try {
      expect(() => new ProcessFiles(pid)).toThrow(/belongs to another user \(root\)/);
    } finally {
      process.seteuid?.(0);
    }
    new ProcessFiles(pid).close();
  });
});
