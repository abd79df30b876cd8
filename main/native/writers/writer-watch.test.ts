import { afterAll, expect, it } from 'vitest';
import { pageOfAddress } from '#shared/memory/page.ts';
import { buildScripts } from '../testing/built-scripts.ts';
import { compile, Conversation } from '../testing/c-program.ts';
import type { FirstWrite } from './tracer.ts';
import { WriterWatch } from './writer-watch.ts';

const PAGES = 64;
const ROUNDS = 60;

const compiled = compile('main/native/bench/timed-writes.c');
afterAll(() => compiled.remove());

it('does not stop threads of a child of its own, whose stops Node would take', async () => {
  const { path } = await buildScripts('native/writers/fault-thread.ts');
  const program = new Conversation(compiled.path);
  const start = pageOfAddress(BigInt(await program.line()));
  const writes: FirstWrite[] = [];
  const watch = await WriterWatch.start(program.pid, {
    ranges: [{ start, end: start + PAGES }],
    ...{ intervalMs: 15, maxRate: 1e7, maxShare: 1, stacks: true, script: path('fault-thread') },
    onWrites: (found) => void writes.push(...found),
    onEnd: () => undefined,
  });
  await program.ask(`each ${ROUNDS}`);
  await watch.stop();
  await program.kill();
  expect(writes.length).toBeGreaterThan(ROUNDS);
  expect(new Set(writes.map(({ stack }) => stack?.complete))).toEqual(new Set([false]));
});
