/** What takes part in the frame loop. */
export interface RafClient {
  /**
   * Called in each animation frame of the loop, in the order of registration.
   * @param now milliseconds, as performance.now() gives them
   * @returns whether it wants another frame: an animation in progress, or what it requested in this call
   */
  frame(now: number): boolean;
}

const KEPT = 240;

/**
 * The one owner of requestAnimationFrame. Nothing runs unless requested; in a frame every client runs once, so data
 * that arrived, camera and pixels always belong together.
 */
export class RafLoop {
  private readonly clients = new Set<RafClient>();
  /** Those that the frame in flight has not run to its end. */
  private readonly due = new Set<RafClient>();
  private scheduled = 0;
  /** Script time of the last frames in ms, and when they ran; rings. */
  private readonly costs = new Float64Array(KEPT);
  private readonly times = new Float64Array(KEPT);
  private count = 0;

  /** @returns a function that removes the client */
  add(client: RafClient): () => void {
    this.clients.add(client);
    this.request();
    return () => this.clients.delete(client);
  }

  /**
   * Runs a frame as soon as the display wants one.
   * @param client who alone needs it: a frame in flight that is still to run this client, or is running it, is enough
   */
  request(client?: RafClient): void {
    if (client !== undefined && this.due.has(client)) return;
    if (this.scheduled === 0) this.scheduled = requestAnimationFrame((now) => this.run(now));
  }

  /** Frames run in the second before `now`. */
  framesPerSecond(now: number): number {
    let frames = 0;
    for (let i = 0; i < Math.min(this.count, KEPT); i++) if (now - (this.times[i] ?? 0) < 1000) frames++;
    return frames;
  }

  /** Script time of a frame in ms at quantile `q` (0 … 1) over the last ones; 0 before the first. */
  cost(q: number): number {
    const sorted = this.costs.slice(0, Math.min(this.count, KEPT)).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  }

  /** Frames run since the start. */
  get total(): number {
    return this.count;
  }

  private run(now: number): void {
    this.scheduled = 0;
    const began = performance.now();
    let more = false;
    for (const client of this.clients) this.due.add(client);
    try {
      for (const client of this.clients) {
        more = client.frame(now) || more;
        this.due.delete(client);
      }
    } finally {
      this.due.clear();
    }
    const slot = this.count++ % KEPT;
    this.times[slot] = now;
    this.costs[slot] = performance.now() - began;
    if (more) this.request();
  }
}
