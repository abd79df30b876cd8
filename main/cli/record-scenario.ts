import { machine as machineName, release, type } from 'node:os';
import { resolve } from 'node:path';
import type { RecordingProgress } from '#shared/contract/recording.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { defaultPath } from '../recording/default-path.ts';
import { RerunParts } from '../recording/rerun-parts.ts';
import { RecordingWriter } from '../recording/recording-writer.ts';
import { readJson } from '../scenarios/json.ts';
import { validateScenario } from '../scenarios/validate.ts';
import { FrameBuilder } from '../session/frames/frame-builder.ts';
import { Machine } from '../simulated/machine.ts';
import type { MmStruct } from '../simulated/mm/mm-struct.ts';
import { ActionLog } from '../simulated/source/action-log.ts';
import { MemoryReader } from '../simulated/source/memory-reader.ts';
import { StepExecutor } from '../simulated/steps/execute-step.ts';
import { EXIT_OK, type Output } from './command.ts';
import type { RecordOptions } from './record-options.ts';
import { operationOf } from './scenario-operation.ts';
import { readScenarioFile } from './scenario-files.ts';

/** The operations of a scenario are its steps; it cannot be controlled or inspected meanwhile. */
const SCENARIO_CAPABILITIES: Capabilities = {
  ...{ get: true, clear: true, getAndClear: 'atomic', noReusedRegions: true, clearRefs: true },
  ...{ walk: 'none', bytes: false, snapshot: false, control: [], seek: false },
};

type PrintResult = (
  result: RecordingProgress,
  ended: 'scenario',
  options: RecordOptions,
  output: Output,
) => void;

/** Runs a scenario and records the memory of the process that runs before the first step and after each: after a fork, the child. */
export async function recordScenario(
  file: string,
  options: RecordOptions,
  output: Output,
  printResult: PrintResult,
): Promise<number> {
  const text = await readScenarioFile(file);
  const scenario = validateScenario(readJson(text), file);
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
      capabilities: SCENARIO_CAPABILITIES,
      rerun: true,
    },
    ...(options.maxBytes === null ? {} : { maxBytes: options.maxBytes }),
  });
  // Only the scenario's steps clear.
  const frames = new FrameBuilder(0);
  const tiles = new TileSet();
  const readers = new Map<MmStruct, MemoryReader>();
  const log = new ActionLog({ kind: 'scenario', name, text });
  const parts = new RerunParts(log);
  const recordFrame = (time: number): void => {
    for (const part of parts.next()) writer.rerun(part);
    tiles.clear();
    const { mm } = executor.process;
    let memory = readers.get(mm);
    if (memory === undefined) readers.set(mm, (memory = new MemoryReader(mm, [])));
    const sample = { vmas: memory.read(tiles, true), scanNs: 0 };
    writer.frame(frames.advance({ sample, tiles, mode: 'hold', state: true, time, whole: false }));
  };
  recordFrame(0);
  for (const [i, { step, title }] of steps.entries()) {
    const time = ((i + 1) * 1000) / options.hz;
    try {
      const result = executor.execute(step);
      log.add({ move: { to: 'call', call: i + 1 } });
      writer.operation(operationOf(step, result, Math.round(time * 1e6)));
    } catch (cause) {
      await writer.stop();
      const { kind, message, remedy } = InspectorError.from(cause);
      throw new InspectorError(kind, `${file}: steps[${i}] (${step.op}): ${message}`, remedy, { cause });
    }
    recordFrame(time);
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
