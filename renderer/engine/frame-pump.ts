import { decodeFrame } from '#shared/frame/codec.ts';
import type { StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from './engine-link.ts';
import type { FrameStore } from '../data/frame-store.ts';
import type { RafClient, RafLoop } from '../ui/raf-loop.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** How long the display may take to ask for a frame, in milliseconds. A compositor can stall; data does not wait for it. */
const MAX_DISPLAY_WAIT_MS = 500;

/**
 * Brings frames from the port into the picture: kept until the next animation frame, applied there before anything
 * paints, acknowledged in the first task after it, when the pixels have been handed over. A hidden window takes none.
 */
export class FramePump implements RafClient {
  /** Frames are acknowledged but not shown: another source is being opened, and these are still of the last one. */
  dropping = false;
  private readonly waiting: ArrayBuffer[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly frames: FrameStore;
  private readonly raf: RafLoop;
  private readonly link: EngineLink;
  private readonly session: StoreApi<SessionStore>;

  constructor(frames: FrameStore, raf: RafLoop, link: EngineLink, session: StoreApi<SessionStore>) {
    this.frames = frames;
    this.raf = raf;
    this.link = link;
    this.session = session;
    raf.add(this);
  }

  receive(buffer: ArrayBuffer): void {
    this.waiting.push(buffer);
    this.raf.request();
    this.timer ??= setTimeout(() => this.displayWaited(), MAX_DISPLAY_WAIT_MS);
  }

  frame(): boolean {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const buffer of this.waiting.splice(0)) this.apply(buffer);
    return false;
  }

  private displayWaited(): void {
    this.timer = null;
    if (document.visibilityState === 'visible') this.frame();
  }

  private apply(buffer: ArrayBuffer): void {
    try {
      const frame = decodeFrame(buffer);
      if (!this.dropping && !this.frames.apply(frame, performance.now())) this.link.resync();
      setTimeout(() => this.link.ack(frame.sequence), 0);
    } catch (cause) {
      this.session.setState({ problem: errorData(cause) });
      this.link.resync();
    }
  }
}
