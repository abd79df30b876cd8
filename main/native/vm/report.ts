import { openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export interface ReportedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly diff: string;
}

/** What a guest reports; e2e/tools/guests/frames.mjs reads it. */
export type Report =
  | { event: 'start'; kernel: string; node: string; tests: number }
  | { event: 'begin'; test: string }
  | { event: 'test'; test: string; passed: boolean; ms: number; errors: readonly ReportedError[] }
  | { event: 'note'; text: string }
  | { event: 'end'; passed: number; failed: number; seconds: number };

let port = 1;
let count = 0;

/** Reports go to this file (a serial port) from now on; to standard output without it. */
export function openReport(path: string | undefined): void {
  if (path !== undefined) port = openSync(path, 'w');
}

/** One frame a line: number, CRC-32 of the JSON, JSON. It begins on a new line after any earlier output. */
export function report(event: Report): void {
  const json = JSON.stringify(event);
  const line = Buffer.from(`\n@sdi ${count++} ${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
  // A terminal may take a part only.
  for (let sent = 0; sent < line.length;) sent += writeSync(port, line, sent);
}
