import type { Capabilities } from '#shared/source/capabilities.ts';

/** What GET_AND_CLEAR guarantees with a source, in a sentence. */
export const ATOMICITY: Readonly<Record<Capabilities['getAndClear'], string>> = {
  atomic: 'GET_AND_CLEAR is atomic: no write is lost while the program runs.',
  'emulated-freeze': 'GET_AND_CLEAR briefly stops the program to be exact.',
  'emulated-racy': 'GET_AND_CLEAR is emulated: writes between read and clear are lost.',
  none: 'This source cannot read and clear at once.',
};
