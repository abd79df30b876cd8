/** Errors of what a recording cannot hold. */
import { InspectorError } from '#shared/contract/errors.ts';
import { plural } from '#shared/plural.ts';

export const tooLarge = (bytes: number, tiles: number): InspectorError =>
  new InspectorError(
    'unsupported',
    `One frame has ${plural(tiles, 'tile')} in ${bytes} bytes, more than a recording can hold.`,
    'What came before is kept, and the file is complete.',
  );

export const tooManyVmas = (vmas: number): InspectorError =>
  new InspectorError(
    'unsupported',
    `The program has ${vmas} mappings, more than a recording can hold.`,
    'What came before is kept, and the file is complete.',
  );

export const tooSmall = (bytes: number): InspectorError =>
  new InspectorError(
    'bad-request',
    `The first frame does not fit into ${bytes} bytes.`,
    'Record with a greater --max-size.',
  );

export const tooManyFrames = (frames: number): InspectorError =>
  new InspectorError(
    'unsupported',
    `The recording has ${frames} frames, the maximum, and has ended. The file is complete.`,
    'Start another recording; with fewer samples a second it can last longer.',
  );
