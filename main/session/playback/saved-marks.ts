import { InspectorError } from '#shared/contract/errors.ts';
import type { Mark } from '#shared/contract/recording.ts';
import { readMarks, writeMarks } from '../../recording/marks-file.ts';
import { MarkStore } from '../history/mark-store.ts';
import type { SessionOutput } from '../session-output.ts';
import type { RecordingPlayer } from './recording-player.ts';

/** The marks of a recording that is played: those in the file, and those saved beside it. */
export class SavedMarks {
  readonly store: MarkStore;
  private saving: Promise<unknown> = Promise.resolve();

  private constructor(marks: readonly Mark[], player: RecordingPlayer, output: SessionOutput) {
    const { path } = player.state();
    this.store = new MarkStore({
      marks,
      nowNs: () => player.position().timeNs,
      changed: () => {
        const { list } = this.store;
        this.saving = this.saving.then(() => writeMarks(path, list)).catch(report(output));
        output.event('marks.changed', { marks: list });
      },
    });
  }

  /** Where those beside the file cannot be read, they stay unchanged, and this reports it. */
  static async read(player: RecordingPlayer, output: SessionOutput): Promise<SavedMarks> {
    const saved = await readMarks(player.state().path).catch(report(output));
    return new SavedMarks(saved ?? player.marks, player, output);
  }

  /** Resolves when every change is saved. */
  settled(): Promise<unknown> {
    return this.saving;
  }
}

function report(output: SessionOutput): (cause: unknown) => null {
  return (cause) => {
    output.event('session.problem', InspectorError.from(cause).toData());
    return null;
  };
}
