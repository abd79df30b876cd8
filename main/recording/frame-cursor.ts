import { joinWrites } from '#shared/frame/delta.ts';
import { EVENT_PLANES } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { damaged } from './bytes.ts';
import { parseVmas } from './channels.ts';
import type { ChunkFrames, StoredFrame } from './chunk-content.ts';
import { decodeRecordedFrame, RecordedState, type RecordedFrame } from './frame-codec.ts';
import type { RecordingReader } from './recording-reader.ts';
import { setRuns } from './page-runs.ts';

/** Chunks that stay decompressed: the one that plays, and the one before it (stepping back). */
const KEPT_CHUNKS = 4;
const KEPT_BYTES = 48 * 2 ** 20;

/** Goes to frames of a recording, forward and back, and holds the picture there. */
export class FrameCursor {
  /** The picture at `frame`. Planes of events: in mode interval that of this frame alone. */
  readonly state = new RecordedState();
  /** The same array object if nothing changed. */
  vmas: readonly Vma[] = [];
  /** Number of the frame; -1 before the first `goTo`. */
  frame = -1;
  private readonly reader: RecordingReader;
  private readonly kept = new Map<number, ChunkFrames>();
  private vmaText: Uint8Array | null = null;

  constructor(reader: RecordingReader) {
    this.reader = reader;
  }

  /** Goes to `frame` directly; reads one chunk at most. */
  async goTo(frame: number): Promise<void> {
    const { index } = this.reader;
    const chunk = index.chunkOf(frame);
    const { frames } = await this.chunk(chunk);
    const first = index.firstOfChunk(chunk);
    // Within the chunk and forward the picture is taken on from where it is.
    const here = this.frame >= first && this.frame <= frame;
    const from = here ? this.frame + 1 : first;
    this.frame = -1;
    if (!here) this.state.reset();
    for (let i = from; i <= frame; i++) this.state.apply(decodeRecordedFrame(frames[i - first].data));
    this.readVmas(frames[frame - first]);
    this.frame = frame;
  }

  /**
   * Goes forward to `frame` and adds the events (written, touched, hot, gone) of each frame on the way, the last one's
   * too, to `written`; frames of mode hold add nothing.
   */
  async advanceTo(frame: number, written: TileSet): Promise<void> {
    const { index } = this.reader;
    const scratch = new TileSet();
    while (this.frame < frame) {
      const next = this.frame + 1;
      const chunk = index.chunkOf(next);
      const last = Math.min(frame, index.firstOfChunk(chunk + 1) - 1);
      const { frames } = await this.chunk(chunk);
      const first = index.firstOfChunk(chunk);
      for (let i = next; i <= last; i++)
        addWrites(decodeRecordedFrame(frames[i - first].data), written, scratch);
      if (last === frame) return this.goTo(frame);
      // Only the writes of a chunk that is passed as a whole count; the next one begins with a key frame.
      this.frame = last;
      this.state.reset();
    }
  }

  private async chunk(number: number): Promise<ChunkFrames> {
    const known = this.kept.get(number);
    if (known) {
      // The one used last goes last.
      this.kept.delete(number);
      this.kept.set(number, known);
      return known;
    }
    const read = await this.reader.readChunk(number);
    this.kept.set(number, read);
    let bytes = 0;
    for (const [key, { bytes: own }] of [...this.kept].reverse()) {
      bytes += own;
      if (key !== number && (bytes > KEPT_BYTES || this.kept.size > KEPT_CHUNKS)) this.kept.delete(key);
    }
    return read;
  }

  private readVmas({ vmas }: StoredFrame): void {
    if (vmas === null) throw damaged('a frame without VMAs');
    if (this.vmaText !== null && Buffer.compare(this.vmaText, vmas) === 0) return;
    this.vmas = parseVmas(new TextDecoder().decode(vmas));
    this.vmaText = vmas;
  }
}

/** Adds the events of a frame of mode interval. */
function addWrites(frame: RecordedFrame, written: TileSet, scratch: TileSet): void {
  if (frame.mode !== 'interval') return;
  scratch.clear();
  for (const plane of EVENT_PLANES) setRuns(scratch, plane, frame.planes[plane]);
  joinWrites(written, scratch);
}
