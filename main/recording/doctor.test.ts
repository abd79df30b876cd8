/** Every recording is an MCAP file that other programs' checks accept. */
import { readFileSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recover } from './recover.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { examine } from './testing/mcap-doctor.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();
/** MCAP requires a schema without encoding and data if there is none; `mcap doctor` warns about it. */
const WARNINGS = ['schema 1 has no encoding and no data', 'schema 1 has no encoding and no data'];

async function record(frames: number, workload = 'game-loop', notes = true): Promise<string> {
  const path = folder.path(`${workload}-${frames}.mcap`);
  const made = await simulatedFrames(workload, 'interval');
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < frames; i++) {
    if (notes && i % 9 === 5) {
      writer.mark({ id: `m${i}`, timeNs: i * 50e6, note: 'a mark', colour: 'red' });
      if (i % 2 === 0) writer.removeMark(`m${i}`);
      writer.writers({ timeNs: i * 50e6, places: [], writers: [], runs: [], omitted: 3, lost: 0 });
      writer.processEvent({ timeNs: i * 50e6, kind: 'child', pid: 7, message: 'a child' });
      writer.operation({
        timeNs: i * 50e6,
        action: 'GET',
        request: { start: 4096n, len: 8192n, vecLen: 2, flags: 1 },
        detail: '',
        result: { ok: true, ret: 1, next: null },
        durationNs: 1000,
      });
    }
    writer.frame(await made.next());
  }
  await writer.stop();
  return path;
}

const diagnosis = (path: string) => examine(new Uint8Array(readFileSync(path)));

describe('the checks of mcap doctor', () => {
  it.each([0, 1, 14, 15, 100])('find nothing in a recording of %i frames', async (frames) => {
    expect(diagnosis(await record(frames))).toMatchObject({ errors: [], warnings: WARNINGS });
  });

  it('find nothing in one that was recovered', async () => {
    const path = await record(100, 'database');
    truncateSync(path, Math.floor(statSync(path).size * 0.7));
    const { path: saved } = await recover(path, `${path}.saved`);
    expect(diagnosis(saved)).toMatchObject({ errors: [], warnings: WARNINGS });
  });

  it('find what is wrong', async () => {
    const bytes = new Uint8Array(readFileSync(await record(20)));
    const reader = await RecordingReader.open(await record(20, 'database'));
    const [{ offset }] = reader.places;
    await reader.close();
    const wrong = (change: (copy: Uint8Array) => void): readonly string[] => {
      const copy = bytes.slice();
      change(copy);
      return examine(copy).errors;
    };
    expect(offset).toBeGreaterThan(0);
    // In the order of the file: the footer's offset of the summary offsets, its CRC.
    expect(wrong((copy) => (copy[copy.length - 8 - 4 - 8] ^= 1))).toContain(
      'summary_offset_start leads elsewhere',
    );
    expect(wrong((copy) => (copy[copy.length - 8 - 4] ^= 1))).toEqual(['the summary has a wrong CRC']);
    expect(wrong((copy) => copy.set([255], findStatistics(copy)))).toContainEqual(
      expect.stringContaining('Statistics: messages'),
    );
  });

  it('are passed by recordings of the command line too', async () => {
    const path = folder.path('scenario.json');
    const steps = [
      { op: 'mmap', addr: '0x100000000', len: 8192, prot: 'rw', kind: 'anon-private' },
      { op: 'ioctl', cmd: 'GET', start: '0x100000000', len: 8192, vecLen: 2, flags: 0 },
    ];
    writeFileSync(path, JSON.stringify({ name: 'two', steps }));
    const { runProgram } = await import('../cli/program.ts');
    const output = { out: () => undefined, error: () => undefined };
    const file = folder.path('scenario.mcap');
    expect(await runProgram(['record', '--scenario', path, '--out', file], output)).toBe(0);
    expect(diagnosis(file)).toMatchObject({ errors: [], warnings: WARNINGS });
  });
});

/** Where the first Statistics record has its message count. */
function findStatistics(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at < bytes.length - 8;) {
    if (bytes[at] === 11) return at + 9;
    at += 9 + Number(view.getBigUint64(at + 1, true));
  }
  throw new Error('no statistics');
}
