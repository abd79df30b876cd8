/** A zoom goes on for so many milliseconds after its last change of scale: notches of a wheel come up to this far apart. */
export const ZOOM_REST_MS = 250;

/**
 * Which pictures belong to a zoom: from the second change of scale on, until the scale has rested. Pictures between two notches
 * of the wheel belong to it too: strips and single rows look so different that the map would flicker.
 */
export class Zooming {
  private row = 0;
  private changedAt = -Infinity;
  private isZooming = false;

  /**
   * @param row height of a row in the picture that is painted now
   * @param now performance.now()
   */
  paint(row: number, now: number): boolean {
    const isRecent = now - this.changedAt < ZOOM_REST_MS;
    const isChanged = row !== this.row;
    this.isZooming = isRecent && (isChanged || this.isZooming);
    if (isChanged) this.changedAt = now;
    this.row = row;
    return this.isZooming;
  }
}
