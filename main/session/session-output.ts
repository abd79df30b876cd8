import type { EventName, EventPayload } from '#shared/contract/events.ts';
import type { Frame } from '#shared/frame/frame.ts';

/** Receives what a session emits. */
export interface SessionListener {
  /** A sample was taken, or a frame of a recording reached. */
  frame?(frame: Frame): void;
  /** What a window shows: every frame while it shows the latest; a key frame of the past if that was asked for. */
  shown?(frame: Frame): void;
  /** Another source, none, or another time: frames before this do not add to those after it. */
  discontinuity?(): void;
  event?<N extends EventName>(name: N, payload: EventPayload<N>): void;
}

/** Passes on what a session emits to every listener: windows, statistics, the command line. */
export class SessionOutput {
  private readonly listeners = new Set<SessionListener>();

  /** @returns removes the listener */
  listen(listener: SessionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  frame(frame: Frame): void {
    for (const listener of this.listeners) listener.frame?.(frame);
  }

  shown(frame: Frame): void {
    for (const listener of this.listeners) listener.shown?.(frame);
  }

  discontinuity(): void {
    for (const listener of this.listeners) listener.discontinuity?.();
  }

  event<N extends EventName>(name: N, payload: EventPayload<N>): void {
    for (const listener of this.listeners) listener.event?.(name, payload);
  }
}
