import type { Readable, Writable } from 'node:stream';
import { InspectorError } from '#shared/contract/errors.ts';
import { systemReason } from '#shared/system-reason.ts';
import { loadZstd } from '../recording/zstd.ts';
import { PREAMBLE, PreambleFinder } from './handshake.ts';
import {
  encodeMessage,
  MAX_MESSAGE_BYTES,
  MessageKind,
  MessageReader,
  type StreamMessage,
} from './message-codec.ts';
import { damagedStream, linkClosed } from './stream-errors.ts';
import { decodeValue, encodeValue } from './value-codec.ts';

/** A link on which nothing has moved for this long is dead. With the time to detach it stays below 5 s. */
export const SILENCE_MS = 4000;
const HEARTBEAT_MS = 1000;
/** Maximum bytes in one write: progress is noticed after each. */
const WRITE_BYTES = 256 * 1024;
/** Bytes that wait to be sent at which nothing more is read from the other end, and at which reading continues. */
const MAX_QUEUED_BYTES = 4 * 2 ** 20;

/** A heartbeat: the empty value. */
const HEARTBEAT = null;

export interface LinkListener {
  /** A value of the contract, not parsed yet; never a heartbeat. Throwing an InspectorError closes the link. */
  value(value: unknown): void;
  /** A frame, in a separate buffer. */
  frame(buffer: ArrayBuffer): void;
  /** What was queued has been sent. */
  drained?(): void;
  /** The link is closed. Called once, even after `close`. @param error null if this end closed it */
  closed(error: InspectorError | null): void;
}

export interface LinkOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** The longest message that is accepted. */
  readonly maxBytes?: number;
  /** Whether the other end may be silent still, while the connection is made. */
  silent?(): boolean;
}

/**
 * One end of a byte stream between a window and an engine: messages both ways, heartbeats, an end in finite time. It holds at most
 * one incoming message and reads nothing while too much waits to be sent, so that neither a slow nor a hostile other end
 * makes it grow.
 */
export class StreamLink {
  private readonly input: Readable;
  private readonly output: Writable;
  private readonly reader: MessageReader;
  private readonly preamble = new PreambleFinder();
  private readonly timer: NodeJS.Timeout;
  private readonly listener: LinkListener;
  private readonly mayBeSilent: () => boolean;
  private started = false;
  private compressed = false;
  private open = true;
  /** Bytes given to the stream and not yet taken by the system. */
  private queued = 0;
  private held = 0;
  private receivedAt = performance.now();
  private sentAt = performance.now();

  constructor({ input, output, maxBytes = MAX_MESSAGE_BYTES, silent }: LinkOptions, listener: LinkListener) {
    this.input = input;
    this.output = output;
    this.listener = listener;
    this.mayBeSilent = silent ?? (() => false);
    this.reader = new MessageReader(maxBytes);
    input.on('data', (chunk: Buffer) => this.receive(chunk));
    input.on('end', () => this.end(linkClosed('the other end has closed it')));
    input.on('close', () => this.end(linkClosed('the other end has closed it')));
    input.on('error', (error) => this.end(linkClosed(systemReason(error))));
    output.on('error', (error) => this.end(linkClosed(systemReason(error))));
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.queue([PREAMBLE]);
  }

  /** Whether it is slower than what is sent; what can be left out or merged should be. */
  get slow(): boolean {
    return this.queued > 0;
  }

  /** Everything sent from now on is compressed. */
  async compress(): Promise<void> {
    await loadZstd();
    this.compressed = true;
  }

  /** @throws InspectorError `unsupported` if the value is too long; nothing is sent then */
  send(value: unknown): void {
    this.sendMessage(MessageKind.Value, encodeValue(value));
  }

  /** @throws InspectorError as `send` does */
  sendFrame(buffer: ArrayBuffer): void {
    this.sendMessage(MessageKind.Frame, [new Uint8Array(buffer)]);
  }

  /** Stops reading until `release` is called as often; heartbeats continue. */
  hold(): void {
    if (++this.held === 1) this.input.pause();
  }

  release(): void {
    this.receivedAt = performance.now();
    if (--this.held === 0 && this.open) this.input.resume();
  }

  /** Ends the link; what was sent before is still delivered if the other end takes it. */
  close(): void {
    this.end(null);
  }

  private sendMessage(kind: MessageKind, content: Uint8Array[]): void {
    if (!this.open) return;
    const parts = encodeMessage(kind, content, this.compressed);
    if (parts === null) {
      throw new InspectorError(
        'unsupported',
        `A message is longer than ${MAX_MESSAGE_BYTES / 2 ** 20} MiB, the maximum of a connection.`,
        'Select fewer pages.',
      );
    }
    this.queue(parts);
  }

  private queue(parts: readonly Uint8Array[]): void {
    const [whole] = parts.length === 1 ? parts : [Buffer.concat(parts)];
    if (whole === undefined) return;
    for (let at = 0; at < whole.length; at += WRITE_BYTES) {
      const slice = whole.subarray(at, at + WRITE_BYTES);
      const full = this.queued > MAX_QUEUED_BYTES;
      this.queued += slice.length;
      if (!full && this.queued > MAX_QUEUED_BYTES) this.hold();
      this.output.write(slice, () => this.written(slice.length));
    }
  }

  private written(bytes: number): void {
    const full = this.queued > MAX_QUEUED_BYTES;
    this.queued -= bytes;
    this.sentAt = performance.now();
    if (!this.open) return;
    if (full && this.queued <= MAX_QUEUED_BYTES) this.release();
    if (this.queued === 0) this.listener.drained?.();
  }

  private receive(chunk: Uint8Array): void {
    if (!this.open) return;
    this.receivedAt = performance.now();
    try {
      let rest: Uint8Array | null = chunk;
      if (!this.started) {
        rest = this.preamble.push(chunk);
        if (rest === null) return;
        this.started = true;
      }
      for (const message of this.reader.push(rest)) {
        this.deliver(message);
        if (!this.open) return;
      }
    } catch (cause) {
      this.end(InspectorError.from(cause));
    }
  }

  private deliver({ kind, content }: StreamMessage): void {
    if (kind === MessageKind.Frame) {
      this.listener.frame(new Uint8Array(content).buffer);
      return;
    }
    const value = decodeValue(content);
    if (value === HEARTBEAT) return;
    if (typeof value !== 'object') throw damagedStream(`a ${typeof value} instead of a message`);
    this.listener.value(value);
  }

  private beat(): void {
    // Data that wait to be sent take the place of a heartbeat.
    if (this.queued === 0) this.send(HEARTBEAT);
    // Bytes may have arrived while this process was busy or suspended: they are read before the check.
    setImmediate(() => {
      // While nothing is read, only sent bytes show that the link is alive.
      const movedAt = this.held > 0 ? Math.max(this.receivedAt, this.sentAt) : this.receivedAt;
      const silentMs = performance.now() - movedAt;
      if (this.open && silentMs > SILENCE_MS && !this.mayBeSilent()) {
        this.end(linkClosed(`nothing has arrived for ${(silentMs / 1000).toFixed(1)} s`));
      }
    });
  }

  private end(error: InspectorError | null): void {
    if (!this.open) return;
    this.open = false;
    clearInterval(this.timer);
    // Incoming data are dropped: a stream that is not read never ends.
    this.input.resume();
    this.output.end();
    this.listener.closed(error);
  }
}
