import type { ProcessEventKind } from '#shared/contract/recording.ts';
import type { SourceEvent, TrackingSource } from '#shared/source/source.ts';
import type { SessionHistory } from '../history/session-history.ts';
import type { SessionContext } from '../session-context.ts';

type Ended = Pick<Extract<SourceEvent, { type: 'ended' }>, 'reason' | 'message'>;

export interface SourceEventHandlers {
  ended(): void;
  /** The capabilities have changed. */
  backendChanged(): void;
  /** The program waits for one sample. */
  lastSample(): void;
}

/** Turns the events of a live source into those of its session and its history. */
export class SourceEvents {
  private readonly source: TrackingSource;
  private readonly history: SessionHistory;
  private readonly context: Pick<SessionContext, 'output' | 'stateChanged'>;
  private readonly handlers: SourceEventHandlers;
  private unlisten: () => void = () => undefined;
  private backend: string;
  private ending: Ended | null = null;

  constructor(
    source: TrackingSource,
    history: SessionHistory,
    context: Pick<SessionContext, 'output' | 'stateChanged'>,
    handlers: SourceEventHandlers,
  ) {
    this.source = source;
    this.history = history;
    this.context = context;
    this.handlers = handlers;
    this.backend = source.description.backend;
  }

  start(): void {
    this.unlisten = this.source.onEvent((event) => this.receive(event));
  }

  close(): void {
    this.unlisten();
  }

  /** Why the source ended by itself; null while it has not. */
  get ended(): Ended | null {
    return this.ending;
  }

  end(reason: Ended['reason'], message: string): void {
    if (this.ending !== null) return;
    this.record(reason, message);
    this.ending = { reason, message };
    this.handlers.ended();
    this.context.stateChanged();
  }

  private receive(event: SourceEvent): void {
    const { output } = this.context;
    switch (event.type) {
      case 'ended':
        return this.end(event.reason, event.message);
      case 'changed':
        this.recordBackend();
        return this.context.stateChanged();
      case 'backend':
        this.backend = this.source.description.backend;
        this.handlers.backendChanged();
        this.record('backend', event.reason);
        this.context.stateChanged();
        return output.event('source.notice', { message: event.reason });
      case 'last-sample':
        return this.handlers.lastSample();
      case 'notice':
        this.record(event.process?.kind ?? 'notice', event.message, event.process?.pid);
        // The program has a new address space.
        if (event.process?.kind === 'exec')
          this.history.marks.add({ timeNs: null, note: event.message, colour: 'violet' });
        return output.event('source.notice', { message: event.message });
      case 'output':
        return output.event('source.output', { stream: event.stream, text: event.text });
    }
  }

  private record(kind: ProcessEventKind, message: string, pid = this.source.description.pid): void {
    this.history.processEvent({ kind, message, pid });
  }

  private recordBackend(): void {
    const { backend } = this.source.description;
    if (backend === this.backend) return;
    this.backend = backend;
    this.record('backend', `Tracked by ${backend} from now on.`);
  }
}
