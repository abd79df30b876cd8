import { MAX_CONTROL_LINE } from './control-messages.ts';

/** Cuts a stream of text into lines. Throws if one is longer than a message may be. */
export class MessageLines {
  private rest = '';

  /** @returns the lines that end in `text` */
  push(text: string): string[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    if ([this.rest, ...lines].some(({ length }) => length > MAX_CONTROL_LINE))
      throw new Error(`A message is longer than ${MAX_CONTROL_LINE} characters.`);
    return lines;
  }
}
