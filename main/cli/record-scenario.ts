import { machine as machineName, release, type } from 'node:os';
import { resolve } from 'node:path';
import type { RecordingProgress } from '#shared/contract/recording.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { HugeTiles } from '#shared/memory/huge-tiles.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { defaultPath } from '../recording/default-path.ts';
import { RecordingWriter } from '../recording/recording-writer.ts';
import { readJson } from '../scenarios/json.ts';
import { validateScenario } from '../scenarios/validate.ts';
import { FrameBuilder } from '../session/frames/frame-builder.ts';
import { Machine } from '../simulated/machine.ts';
import { CAPABILITIES } from '../simulated/source/simulated-source.ts';
import { readPlanes } from '../simulated/source/planes.ts';
import { VmaViews } from '../simulated/source/vma-view.ts';
import { StepExecutor } from '../simulated/steps/execute-step.ts';
import { EXIT_OK, type Output } from './command.ts';
import type { RecordOptions } from './record-options.ts';
import { operationOf } from './scenario-operation.ts';
import { readScenarioFile } from './scenario-files.ts';

type PrintResult = (
  result: RecordingProgress,
  ended: 'scenario',
  options: RecordOptions,
  output: Output,
) => void;

/** Runs a scenario and records the memory of its process before the first step and after each. */
export async function recordScenario(
  file: string,
  options: RecordOptions,
  output: Output,
  printResult: PrintResult,
): Promise<number> {
  const scenario = validateScenario(readJson(await readScenarioFile(file)), file);
  const { steps, name } = scenario;
  const machine = new Machine({ ...scenario.machine, heap: Number(scenario.machine.heap) });
  const executor = new StepExecutor(machine, scenario.machine.arena);
  const writer = await RecordingWriter.create({
    path: options.out === null ? await defaultPath(name) : resolve(options.out),
    info: {
      kernel: `${type()} ${release()} ${machineName()}`,
      hz: options.hz,
      source: {
        kind: 'simulated',
        title: name,
        detail: `scenario ${file}`,
        pid: null,
        backend: 'simulated Linux memory management',
        launched: false,
      },
      capabilities: CAPABILITIES,
    },
    ...(options.maxBytes === null ? {} : { maxBytes: options.maxBytes }),
  });
  // Only the scenario's steps clear.
  const picture = new FrameBuilder(0);
  const tiles = new TileSet();
  const views = new VmaViews(executor.process.mm, []);
  const hugeTiles = new HugeTiles();
  const look = (time: number): void => {
    tiles.clear();
    const vmas = views.read();
    readPlanes(machine.init.mm, tiles, true);
    hugeTiles.mark(tiles);
    const sample = { vmas, scanNs: 0 };
    writer.frame(picture.advance({ sample, tiles, mode: 'hold', state: true, time, whole: false }));
  };
  look(0);
  for (const [i, { step, title }] of steps.entries()) {
    const time = ((i + 1) * 1000) / options.hz;
    try {
      const result = executor.execute(step);
      writer.operation(operationOf(step, result, Math.round(time * 1e6)));
    } catch (cause) {
      await writer.stop();
      const { kind, message, remedy } = InspectorError.from(cause);
      throw new InspectorError(kind, `${file}: steps[${i}] (${step.op}): ${message}`, remedy, { cause });
    }
    look(time);
    if (title !== undefined)
      writer.mark({
        id: `step-${i}`,
        timeNs: Math.round(time * 1e6),
        note: title.slice(0, 2000),
        colour: 'blue',
      });
    await writer.room();
  }
  printResult(await writer.stop(), 'scenario', options, output);
  return EXIT_OK;
}
