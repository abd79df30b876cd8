/** Test support: streams that are damaged on their way, for both ends of a link. */
import { MessageChannel } from 'node:worker_threads';
import { PassThrough } from 'node:stream';
import type { InspectorError } from '#shared/contract/errors.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { engine } from '../../engine.ts';
import { SignedPermits } from '../../session/server/permits.ts';
import { portOfWorker } from '../../session/server/port.ts';
import { ownVersion, PREAMBLE } from '../handshake.ts';
import { encodeMessage, MessageKind } from '../message-codec.ts';
import { relay } from '../relay.ts';
import { serveStream } from '../serve-stream.ts';
import { encodeValue } from '../value-codec.ts';
import { windowEnd } from '../window-end.ts';

type Random = (below: number) => number;

export interface DamageCounts {
  messages: number;
  /** Links that the damage ended; all others were ended by the test. */
  refused: number;
}

/** Sends `count` messages, most of them damaged, to engines that serve a stream; each must end its link or continue. */
export async function damageEngines(count: number, seed: number): Promise<DamageCounts> {
  const hello = valueBytes({ type: 'window', ...ownVersion, compress: true, permitKey: '0'.repeat(64) });
  return eachLink(count, seed, [hello, ...requests()], async (stream) => {
    const input = new PassThrough();
    const output = new PassThrough().resume();
    const server = serveStream({ input, output }, engine);
    for (const chunk of stream) input.write(chunk);
    input.end();
    return server.ended;
  });
}

/** Like `damageEngines`, towards the window's end, whose port is the page's. */
export async function damageWindows(count: number, seed: number): Promise<DamageCounts> {
  return eachLink(count, seed, messagesOfEngine(), async (stream) => {
    const input = new PassThrough();
    const output = new PassThrough().resume();
    const { port1, port2 } = new MessageChannel();
    const closed = new Promise<InspectorError | null>((resolve) => {
      relay(
        portOfWorker(port1),
        (listener) =>
          windowEnd({ input, output }, { name: 'test', compress: true, permitKey: null }, listener),
        new SignedPermits(Buffer.alloc(32)),
        { connected: () => undefined, closed: resolve },
      );
    });
    for (const chunk of stream) input.write(chunk);
    input.end();
    const error = await closed;
    port2.close();
    return error;
  });
}

/** The end of the stream, if the damage did not end it before. */
const REGULAR_END = 'the other end has closed it';

async function eachLink(
  count: number,
  seed: number,
  corpus: readonly Uint8Array[],
  run: (stream: Uint8Array[]) => Promise<InspectorError | null>,
): Promise<DamageCounts> {
  const random = randomBelow(seed);
  const counts = { messages: 0, refused: 0 };
  while (counts.messages < count) {
    // Some begin with the handshake undamaged, so that the rest is parsed.
    const greeted = random(4) > 0;
    const stream: Uint8Array[] = greeted ? [PREAMBLE, ...corpus.slice(0, 1)] : [];
    const length = 1 + random(20);
    for (let i = 0; i < length; i++) {
      const message = corpus[random(corpus.length)] ?? new Uint8Array();
      stream.push(random(3) === 0 ? message : damagedCopy(message, random));
    }
    counts.messages += length;
    const error = await run(stream);
    if (error !== null && !error.message.includes(REGULAR_END)) counts.refused++;
  }
  return counts;
}

/** Flips bits, overwrites bytes, removes or repeats a part, sets wrong lengths, or sends arbitrary bytes. */
function damagedCopy(message: Uint8Array, random: Random): Uint8Array {
  const copy = Buffer.from(message);
  const at = random(copy.length || 1);
  switch (random(6)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
      return copy;
    case 1:
      return copy.fill(random(256), at, Math.min(copy.length, at + 1 + random(8)));
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + random(16))]);
    case 3:
      return Buffer.concat([copy, copy.subarray(at)]);
    case 4:
      if (copy.length >= 4) copy.writeUInt32LE(random(2) === 0 ? random(2 ** 32) : random(200), 0);
      return copy;
    default:
      return Buffer.from(Array.from({ length: random(64) }, () => random(256)));
  }
}

const valueBytes = (value: unknown): Uint8Array =>
  Buffer.concat(encodeMessage(MessageKind.Value, encodeValue(value), false) ?? []);

/** Requests of a window, those that open nothing real: all commands are known, few have a source. */
function requests(): Uint8Array[] {
  const named = (name: string, payload: unknown, id: number) =>
    valueBytes({ type: 'request', id, name, payload });
  return [
    named('session.state', {}, 1),
    named('session.configure', { hz: 5, mode: 'interval' }, 2),
    named('workloads.list', {}, 3),
    named('operation.run', { kind: 'get', start: 0n, len: 4096n }, 4),
    named('compare.ranges', { a: { path: null, startNs: 0, endNs: 1 }, b: {} }, 5),
    named('source.open', { kind: 'native', pid: 1 }, 6),
    named('recording.start', { path: '/etc/passwd' }, 7),
    valueBytes({ type: 'stored', id: 1, error: null }),
    valueBytes({ type: 'ack', sequence: 1 }),
    valueBytes({ type: 'resync' }),
    valueBytes(null),
  ];
}

function messagesOfEngine(): Uint8Array[] {
  const hello = { ...ownVersion, platform: 'linux x64', kernel: '6.1', host: 'a', user: 'b', files: true };
  return [
    valueBytes({ type: 'engine', ...hello }),
    valueBytes({ type: 'event', name: 'session.rates', payload: { values: new Float64Array(40) } }),
    valueBytes({ type: 'reply', id: 1, result: { ok: true, payload: { bytes: new Uint8Array(4096) } } }),
    valueBytes({
      type: 'reply',
      id: 2,
      result: { ok: false, error: { kind: 'io', message: 'm', remedy: '' } },
    }),
    valueBytes({ type: 'file', id: 1, path: '/tmp/no-such', operation: { kind: 'close' } }),
    Buffer.concat(encodeMessage(MessageKind.Frame, [new Uint8Array(5000)], true) ?? []),
    Buffer.concat(encodeMessage(MessageKind.Frame, [new Uint8Array(50)], false) ?? []),
    valueBytes(null),
  ];
}
