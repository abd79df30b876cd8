import { randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import type { InspectorError } from '#shared/contract/errors.ts';
import type { PermitSubject } from '#shared/contract/permit.ts';
import { portOfWorker } from '../../session/server/port.ts';
import { newPermit, SignedPermits } from '../../session/server/permits.ts';
import { TestWindow } from '../../session/testing/test-window.ts';
import type { ConnectCommand } from '../connect-command.ts';
import { connect } from '../connect.ts';
import type { EngineHello } from '../handshake.ts';
import { relay } from '../relay.ts';
import type { WindowEndOpener } from '../window-end.ts';

/** Test support: a window whose engine is at the other end of a command's streams, with permits as the shell gives them. */
export class RemoteWindow extends TestWindow {
  /** The engine, once it is connected; rejects if it never is. */
  readonly connected: Promise<EngineHello>;
  /** Why the link ended. */
  readonly closed: Promise<InspectorError | null>;
  private readonly key = randomBytes(32);
  private readonly keyHere = randomBytes(32);
  private readonly leave: () => Promise<void>;

  /** @param way the command, or what connects */
  constructor(way: ConnectCommand | WindowEndOpener) {
    const { port1, port2 } = new MessageChannel();
    super(port2);
    const options = { name: 'the test machine', compress: true, permitKey: this.key.toString('hex') };
    let closed: (error: InspectorError | null) => void = () => undefined;
    this.closed = new Promise((resolve) => (closed = resolve));
    let leave: () => Promise<void> = () => Promise.resolve();
    this.connected = new Promise((resolve, reject) => {
      leave = relay(
        portOfWorker(port1),
        (listener) => (typeof way === 'function' ? way(options, listener) : connect(way, options, listener)),
        new SignedPermits(this.keyHere),
        {
          connected: resolve,
          closed: (error) => {
            reject(error ?? new Error('closed'));
            closed(error);
          },
        },
      );
    });
    this.connected.catch(() => undefined);
    this.leave = leave;
  }

  /** As `TestWindow.until`, but rejects when the link ends. */
  override until(condition: () => boolean): Promise<void> {
    const ended = this.closed.then((error) => {
      throw error ?? new Error('The link was closed.');
    });
    return Promise.race([super.until(condition), ended]);
  }

  /** For the machine of the engine, or where the subject is `here`, for this one. */
  permit(subject: PermitSubject): string[] {
    return [newPermit('here' in subject ? this.keyHere : this.key, subject)];
  }

  override async close(): Promise<void> {
    await this.leave();
    await this.closed;
    await super.close();
  }
}
