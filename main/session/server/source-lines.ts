import { InspectorError } from '#shared/contract/errors.ts';
import { type SourceLine, sourceLineText } from '#shared/contract/source-line.ts';
import type { CodePlace } from '#shared/contract/writers.ts';

/** Lines that are kept: those of several replies. */
const MAX_LINES = 20_000;

/** The source lines that this window was given, which it may have opened in an editor. */
export class SourceLines {
  /** The oldest first. */
  private readonly known = new Set<string>();

  add(places: readonly CodePlace[]): void {
    for (const { file, line } of places) {
      if (file === null) continue;
      const text = sourceLineText({ file, line: line ?? 0 });
      this.known.delete(text);
      this.known.add(text);
    }
    for (const oldest of this.known) {
      if (this.known.size <= MAX_LINES) break;
      this.known.delete(oldest);
    }
  }

  /** Throws InspectorError `not-permitted` if the engine did not report this line. */
  require(source: SourceLine): void {
    if (this.known.has(sourceLineText(source))) return;
    throw new InspectorError(
      'not-permitted',
      `${source.file}:${source.line} is not a source line that the engine reported.`,
      'Open a line of the list of writers.',
    );
  }
}
