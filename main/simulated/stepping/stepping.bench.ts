/**
 * One sub-step forward and back on 2^20 pages, with the frame that shows it: what a key press costs in the engine. Beside it
 * the way without an undo log: the program runs again from its beginning up to the sub-step.
 */
import { encodeFrame } from '#shared/frame/codec.ts';
import { DEFAULT_MACHINE, type Scenario } from '../../scenarios/steps.ts';
import { LiveSampler } from '../../session/live/live-sampler.ts';
import { ScenarioProgram } from './scenario-program.ts';
import { SteppedSource } from './stepped-source.ts';

const PAGES = 2n ** 20n;
const RANGE = { addr: 0x100000000n, len: PAGES * 4096n };
const AIM_MS = 16;
const ROUNDS = 40;

const SCENARIO: Scenario = {
  name: 'every page',
  description: '',
  machine: { ...DEFAULT_MACHINE, memoryPages: 2 ** 21 },
  fullVec: false,
  steps: [
    { step: { op: 'mmap', ...RANGE, prot: 'rw', kind: 'anon-private' } },
    { step: { op: 'write', ...RANGE } },
    { step: { op: 'clear_refs' } },
    { step: { op: 'write', addr: RANGE.addr + 4096n, len: 4096n } },
  ],
};

function opened(): SteppedSource {
  return new SteppedSource(new ScenarioProgram(SCENARIO), 'bench');
}

const source = opened();
const { player } = source;
const sampler = new LiveSampler(source, 0);

/** Milliseconds of a move with its frame: median and worst. @param prepare puts the player back where the call ends */
async function measure(
  prepare: () => void,
  to: 'forward' | 'back',
): Promise<{ median: number; worst: number }> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    prepare();
    await sampler.sample('hold', false);
    const began = performance.now();
    if (!player.move({ to })) throw new Error('nothing moved');
    player.state();
    sampler.readStateNext();
    encodeFrame(await sampler.sample('hold', false));
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)] ?? 0, worst: times.at(-1) ?? 0 };
}

function row(label: string, { median, worst }: { median: number; worst: number }, baseline: number): void {
  const times = `median ${median.toFixed(2)} ms, worst ${worst.toFixed(2)} ms`;
  console.log(
    `${label.padEnd(34)} ${times.padEnd(40)} aim ${AIM_MS} ms   from the beginning ${baseline.toFixed(0)} ms, ${(baseline / median).toFixed(0)} times`,
  );
}

player.move({ to: 'end' });
await sampler.sample('hold', false);
const began = performance.now();
const again = opened();
again.player.move({ to: 'end' });
const baseline = performance.now() - began;
again.close().catch(() => undefined);

console.log(`a sub-step of a program of ${PAGES} pages, ${player.known} sub-steps`);
for (const [call, label] of [
  'mmap',
  'a write of every page',
  'clear_refs, 2^20 pages',
  'a write after it',
].entries()) {
  if (call === 0) continue;
  player.move({ to: 'call', call });
  const { first, outlines } = player.calls[call];
  const steps = Math.min(ROUNDS, outlines.length);
  // A short call is gone through several times.
  const forward = await measure(() => {
    if (player.position >= first + steps) player.move({ to: 'call', call });
  }, 'forward');
  player.move({ to: 'number', number: first + outlines.length });
  const back = await measure(() => {
    if (player.position <= first) player.move({ to: 'number', number: first + outlines.length });
  }, 'back');
  row(`forward: ${label}`, forward, baseline);
  row(`back: ${label}`, back, baseline);
}
