import { crc32 } from 'node:zlib';

/**
 * What the guest reports, one frame a line: `@sdi NUMBER CHECKSUM JSON`. The number counts from 0; the checksum is the
 * CRC-32 of the JSON's bytes in hex. A serial line is shared with other output and may lose bytes, so a
 * frame is believed only when all three agree.
 * @typedef {{ name: string, message: string, stack: string, diff: string }} GuestError
 * @typedef {{ event: 'start', kernel: string, node: string, tests: number }
 *   | { event: 'begin', test: string }
 *   | { event: 'test', test: string, passed: boolean, ms: number, errors: GuestError[] }
 *   | { event: 'note', text: string }
 *   | { event: 'end', passed: number, failed: number, seconds: number }} GuestEvent
 */

const frame = /@sdi (\d+) ([0-9a-f]{8}) (\{.*\})/;

/** Takes the bytes of a serial line as they come, and gives the events in them. */
export class FrameReader {
  /** Frames that came damaged, or not at all. */
  lost = 0;
  #expected = 0;
  /** @type {Buffer[]} */
  #pending = [];

  /**
   * @param {Buffer} chunk
   * @returns {GuestEvent[]}
   */
  read(chunk) {
    const end = chunk.lastIndexOf('\n');
    if (end < 0) {
      this.#pending.push(chunk);
      return [];
    }
    // Bytes are joined before they become text: a character may be cut in two.
    const text = Buffer.concat([...this.#pending, chunk.subarray(0, end)]).toString();
    this.#pending = [chunk.subarray(end + 1)];
    return text.split('\n').flatMap((line) => this.#event(line) ?? []);
  }

  /** @param {string} line @returns {GuestEvent | undefined} */
  #event(line) {
    const [, number = '', checksum, json = ''] = frame.exec(line) ?? [];
    if (checksum === undefined || crc32(json) !== parseInt(checksum, 16)) return undefined;
    this.lost += Math.max(0, Number(number) - this.#expected);
    this.#expected = Number(number) + 1;
    return JSON.parse(json);
  }
}
