/**
 * The walk of a page in a recording of a simulated program: the program runs again from its beginning to the frame. Baseline:
 * how long the program ran when it was recorded.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';
import { RerunParts } from '../../recording/rerun-parts.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';
import { RecordedProgram } from './recorded-program.ts';

const MINUTES = 10;
const FRAMES = MINUTES * 60 * 20;
/** A page of the first mapping that is present at the end. */
const NO_PAGE = 0x400;

const folder = mkdtempSync(join(tmpdir(), 'rerun-bench-'));
try {
  const path = join(folder, 'game.mcap');
  const { source, next } = await simulatedFrames('game-loop', 'interval');
  if (source.rerun === null) throw new Error('the source keeps no actions');
  const writer = await RecordingWriter.create({ path, info: { ...infoOf(source), rerun: true } });
  const parts = new RerunParts(source.rerun);
  let page = NO_PAGE;
  for (let frame = 0; frame < FRAMES; frame++) {
    const made = await next();
    for (const part of parts.next()) writer.rerun(part);
    writer.frame(made);
    page = made.vmas?.find(({ write }) => write)?.start ?? page;
    await writer.room();
  }
  await writer.stop();

  const reader = await RecordingReader.open(path);
  const program = new RecordedProgram(reader);
  const time = async (label: string, walked: number, frame: number): Promise<void> => {
    const began = performance.now();
    await program.walk(walked, frame);
    const took = performance.now() - began;
    const ratio = (MINUTES * 60_000) / took;
    console.log(
      `${label.padEnd(36)}${took.toFixed(took < 10 ? 2 : 0).padStart(8)} ms  recorded in ${MINUTES} min, ${ratio.toFixed(0)} times`,
    );
  };
  console.log(`a recording of ${MINUTES} minutes, ${FRAMES} frames`);
  await time('the last frame, from the beginning', page, FRAMES - 2);
  await time('one frame on', page, FRAMES - 1);
  await time('another page at that frame', page + 1, FRAMES - 1);
  await time('a minute from the beginning', page + 1, 60 * 20);
  program.close();
  await reader.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
