import { InspectorError } from '#shared/contract/errors.ts';

/** A mistake in a lesson: file, then step, then field, then what is wrong. */
export function lessonProblem(file: string, where: string, message: string): InspectorError {
  const place = where === '' ? '' : `${where}: `;
  return new InspectorError('bad-request', `${file}: ${place}${message}`, 'Correct the file and try again.');
}

/** Runs `action`; puts file and place before the message of an error that it throws. */
export function inPlace<T>(file: string, where: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw lessonProblem(file, where, InspectorError.from(cause).message);
  }
}
