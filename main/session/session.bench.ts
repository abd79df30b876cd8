/**
 * One sample's way through the engine, from the simulated source: reading, difference, encoding. The baseline sends the
 * same as a JSON list of pages. Nanoseconds per present page.
 */
import { encodeFrame } from '#shared/frame/codec.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { Machine } from '../simulated/machine.ts';
import { SimulatedSource } from '../simulated/source/simulated-source.ts';
import { MACHINE_PARAMETERS } from '../simulated/source/parameters.ts';
import { Program } from '../simulated/workloads/program.ts';
import { Random } from '../simulated/workloads/random.ts';
import { Settings } from '../simulated/workloads/settings.ts';
import { LiveSampler } from './live/live-sampler.ts';

const PAGES = 2 ** 20;

/** A program of `PAGES` pages whose step writes `count` of them, scattered. */
function sourceOf(count: number): SimulatedSource {
  const program = new Program(new Machine(), new Random(1));
  const memory = program.map('[anon:memory]', PAGES);
  program.write(memory, 0, PAGES);
  const workload = {
    step() {
      for (let i = 0; i < count; i++) program.write(memory, program.random.below(PAGES));
    },
  };
  return new SimulatedSource(program, workload, Settings.of(MACHINE_PARAMETERS, {}), {
    title: '',
    detail: '',
  });
}

async function measure(
  rounds: number,
  prepare: () => Promise<void>,
  task: () => Promise<unknown>,
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await prepare();
    const began = performance.now();
    await task();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return (times[Math.floor(times.length / 2)] * 1e6) / PAGES;
}

console.log(`one sample of ${PAGES} simulated pages, median`);
for (const mode of ['hold', 'interval'] as const satisfies readonly SampleMode[]) {
  for (const count of [100, 10_000, 100_000]) {
    const source = sourceOf(count);
    const observer = new LiveSampler(source, 0);
    await observer.sample('interval', false);
    const step = () => source.control('step');
    let bytes = 0;
    const ours = await measure(25, step, async () => {
      bytes = encodeFrame(await observer.sample(mode, false)).byteLength;
    });
    let length = 0;
    const json = await measure(5, step, async () => {
      const tiles = new TileSet();
      await source.sample({ mode, tiles, state: false });
      const pages: number[] = [];
      for (const [from, to] of tiles.runs(Plane.Written))
        for (let page = from; page < to; page++) pages.push(page);
      length = JSON.stringify(pages).length;
    });
    console.log(
      `${mode.padEnd(9)} ${String(count).padStart(7)} written  ${ours.toFixed(2).padStart(6)} ns/page ${String(bytes).padStart(8)} bytes` +
        `   JSON ${json.toFixed(2).padStart(6)} ns/page ${String(length).padStart(8)} bytes   ${(json / ours).toFixed(1)} times`,
    );
  }
}
