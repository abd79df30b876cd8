/** Connections of the engine's process with engines elsewhere, from the request to connect to their end. */
import { InspectorError } from '#shared/contract/errors.ts';
import type { LinkReport } from '../../main/link/link-report.ts';

const ENDED = new InspectorError(
  'host-died',
  'The process that held the connection has ended.',
  'Connect again.',
);
const CLOSED_HERE = new InspectorError('link-lost', 'The connection was closed.', 'Connect again.');

interface Link {
  connected(): void;
  closed(error: InspectorError): void;
}

export class EngineLinks {
  private readonly links = new Map<number, Link>();

  /**
   * Waits for the connection `id`: resolves once it is there, and rejects with an InspectorError if it cannot be made.
   * @param onLost is called when the connection ends after that
   */
  opened(id: number, onLost: (error: InspectorError) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.links.set(id, {
        connected: () => {
          this.links.set(id, { connected: () => undefined, closed: onLost });
          resolve();
        },
        closed: reject,
      });
    });
  }

  /** The engine reports that a connection is there, or has ended; without an error it was closed on this side. */
  receive(report: Exclude<LinkReport, { type: 'restoring' }>): void {
    const link = this.links.get(report.id);
    if (report.type === 'connected') return link?.connected();
    this.links.delete(report.id);
    const { kind, message, remedy } = report.error ?? CLOSED_HERE;
    link?.closed(new InspectorError(kind, message, remedy));
  }

  /** The engine's process has ended, and all connections with it. */
  processEnded(): void {
    for (const link of this.links.values()) link.closed(ENDED);
    this.links.clear();
  }
}
