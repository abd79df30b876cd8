import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { systemReason } from '#shared/system-reason.ts';
import { makeFolder } from '../make-folder.ts';
import { readRegular } from '../recording/input-file.ts';

/** Bytes in one scenario file; the recorded traces have at most 60 KiB. */
export const MAX_FILE_BYTES = 64 * 2 ** 20;

/**
 * The text of a scenario file, or of another; refuses endless ones. Throws an InspectorError that starts with the file's name.
 * @param what is expected there
 */
export async function readScenarioFile(file: string, what = 'a scenario file'): Promise<string> {
  return readRegular(file, what, MAX_FILE_BYTES);
}

/** A folder that receives one file for each input, under the input's own name, complete or not at all. */
export class OutputFolder {
  readonly #folder: string;
  readonly #taken = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes what `make` returns; nothing is written, and nothing that exists is touched, if it throws. */
  async write(input: string, make: () => string): Promise<void> {
    const name = path.basename(input);
    const earlier = this.#taken.get(name);
    if (earlier !== undefined)
      throw refused(input, `${earlier} has the same name; nothing was written for this one`);
    this.#taken.set(name, input);
    const target = path.join(this.#folder, name);
    const text = make();
    let step = target;
    try {
      makeFolder(this.#folder, 0o777);
      if ((await realpath(this.#folder)) === path.dirname(await realpath(input))) {
        throw new Error('it would overwrite the scenario itself');
      }
      step = `${target}.${randomUUID()}.part`;
      // A new file: a link of that name is not followed.
      await writeFile(step, text, { flag: 'wx' });
      await rename(step, target);
    } catch (cause) {
      if (step !== target) await rm(step, { force: true });
      throw refused(input, `cannot write ${target}: ${systemReason(cause)}`);
    }
  }
}

const refused = (file: string, reason: string): InspectorError =>
  new InspectorError('io', `${file}: ${reason}`, 'Use another folder.');
