/** A program that records twenty frames a second into the file it is given, and prints their number, until it is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RecordingWriter } from '../recording-writer.ts';
import { infoOf, simulatedFrames } from './simulated-frames.ts';

const frames = await simulatedFrames('game-loop', 'interval');
const writer = await RecordingWriter.create({ path: process.argv[2], info: infoOf(frames.source) });
for (let count = 1; ; count++) {
  writer.frame(await frames.next());
  process.stdout.write(`${performance.now()} ${count}\n`);
  await sleep(50);
}
