import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { MessageChannel } from 'node:worker_threads';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { PermitSubject } from '#shared/contract/permit.ts';
import { engine } from '../../engine.ts';
import { newPermit, SignedPermits } from '../../session/server/permits.ts';
import { portOfWorker } from '../../session/server/port.ts';
import { TestWindow } from '../../session/testing/test-window.ts';
import { relay } from '../relay.ts';
import { serveStream, type StreamServer } from '../serve-stream.ts';
import { windowEnd } from '../window-end.ts';

/** Test support: a window and an engine with both ends of a link in this process. */
export class LinkedWindow extends TestWindow {
  readonly server: StreamServer;
  /** Resolves when the window's end has closed everything, with the reason where it did not close the link itself. */
  readonly closed: Promise<InspectorError | null>;
  /** What the engine sends. */
  readonly fromEngine: PassThrough;
  private readonly keyHere = randomBytes(32);

  constructor() {
    const { port1, port2 } = new MessageChannel();
    super(port2);
    const [down, up] = [new PassThrough(), new PassThrough()];
    this.fromEngine = up;
    this.server = serveStream({ input: down, output: up }, engine);
    const options = { name: 'test', compress: true, permitKey: null };
    this.closed = new Promise((resolve) => {
      relay(
        portOfWorker(port1),
        (listener) => windowEnd({ input: up, output: down }, options, listener),
        new SignedPermits(this.keyHere),
        { connected: () => undefined, closed: resolve },
      );
    });
  }

  /** A permit for a file of the window's machine. */
  permit(subject: PermitSubject): string[] {
    return [newPermit(this.keyHere, subject)];
  }

  /** Calls a command; rejects when the link ends. */
  override request(...words: Parameters<TestWindow['request']>): ReturnType<TestWindow['request']> {
    return Promise.race([super.request(...words), this.ended()]);
  }

  override until(condition: () => boolean): Promise<void> {
    return Promise.race([super.until(condition), this.ended()]);
  }

  private async ended(): Promise<never> {
    throw (await this.closed) ?? new Error('The link was closed.');
  }

  override async close(): Promise<void> {
    await super.close();
    await Promise.all([this.closed, this.server.ended]);
  }
}
