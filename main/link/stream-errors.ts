import { InspectorError } from '#shared/contract/errors.ts';

/** What arrived is not what the other end of a link sends. @param what a phrase: "a message of 3 GiB" */
export function damagedStream(what: string): InspectorError {
  return new InspectorError(
    'link-lost',
    `The connection carries data that are not the inspector's: ${what}.`,
    'A start-up file of that shell may print text, or the two ends have different versions.',
  );
}

export const CONNECT_AGAIN = 'Connect again; the tracked program continues.';

export function linkClosed(detail: string): InspectorError {
  return new InspectorError('link-lost', `The connection to the engine is closed: ${detail}.`, CONNECT_AGAIN);
}
