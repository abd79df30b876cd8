import { PassThrough } from 'node:stream';
import type { LinkOptions } from '../stream-link.ts';

/** Both ends of a link in one process: what one writes the other reads. */
export function streamPair(): { engine: LinkOptions; window: LinkOptions } {
  const toEngine = new PassThrough();
  const toWindow = new PassThrough();
  return {
    engine: { input: toEngine, output: toWindow },
    window: { input: toWindow, output: toEngine },
  };
}
