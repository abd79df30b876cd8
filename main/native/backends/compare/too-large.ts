import { InspectorError } from '#shared/contract/errors.ts';

/** A program has more memory than is compared by content. */
export class TooLargeToCompare extends InspectorError {
  constructor(message: string, remedy: string) {
    super('unsupported', message, remedy);
  }
}
