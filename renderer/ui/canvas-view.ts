import { observePixels, type PixelBox } from './device-pixels.ts';
import { listenToPointer, type PointerHandlers } from './pointer.ts';
import type { RafClient, RafLoop } from './raf-loop.ts';

/** The elements on which a view is mounted. */
interface Mount {
  /** Elements whose sizes `resize` receives, in this order. */
  readonly boxes: readonly HTMLElement[];
  /** Where the pointer acts. */
  readonly target: HTMLElement;
  readonly pointer: PointerHandlers;
  /** Called with the same sizes, before the view takes them. */
  readonly onResize?: (sizes: readonly PixelBox[]) => void;
}

/**
 * A view on canvases, apart from React: painted in the frame loop while it is stale and has a size. Mounted, it follows
 * the device pixels of its elements and the pointer.
 */
export abstract class CanvasView implements RafClient {
  protected readonly raf: RafLoop;
  private readonly ends: (() => void)[] = [];
  private stale = true;

  constructor(raf: RafLoop) {
    this.raf = raf;
    this.endWith(raf.add(this));
  }

  /** Mounts the view. @returns a function that unmounts it */
  mount({ boxes, target, pointer, onResize }: Mount): () => void {
    const unobserve = observePixels(boxes, (ratio, sizes) => {
      onResize?.(sizes);
      this.resize(ratio, sizes);
    });
    const stop = listenToPointer(target, pointer);
    // Labels are drawn before the fonts are loaded, and again afterwards.
    void document.fonts?.ready.then(() => this.invalidate());
    return () => {
      unobserve();
      stop();
    };
  }

  /** Ends the view; it must not be used afterwards. */
  dispose(): void {
    for (const end of this.ends) end();
  }

  /** Paints again in the next frame. */
  invalidate(): void {
    this.stale = true;
    this.raf.request(this);
  }

  frame(now: number): boolean {
    if (!this.isVisible) return false;
    const more = this.advance(now);
    if (this.stale) {
      this.stale = false;
      this.paint(now);
    }
    return more || this.stale;
  }

  /** Functions to call when the view ends. */
  protected endWith(...ends: readonly (() => void)[]): void {
    this.ends.push(...ends);
  }

  /** Whether there is something to paint on. */
  protected abstract get isVisible(): boolean;

  /** @param ratio device pixels in a CSS pixel  @param sizes of the mounted boxes */
  protected abstract resize(ratio: number, sizes: readonly PixelBox[]): void;

  /**
   * Called in each frame before painting: motions, layout.
   * @param now performance.now()  @returns whether another frame is wanted
   */
  protected abstract advance(now: number): boolean;

  /** @param now performance.now() */
  protected abstract paint(now: number): void;
}

/** Gives a canvas a backing store of this size in device pixels; setting a size clears it, even the same one. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
