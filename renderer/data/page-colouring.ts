/** What the ramp of colours means. */
export interface ColourScale {
  readonly title: string;
  /** Share of the ramp at which the scale begins. */
  readonly from: number;
  /** Labels, each at a share of the scale's length. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** What colours the map instead of the pages' ages. */
export interface PageColouring {
  /** The time for which the map is drawn, in ms. */
  readonly now: number;
  readonly scale: ColourScale;
  /** Of a tile's 512 pages the time whose age has the colour, in ms + 1; 0: as a page that is not written. Null: all are 0. */
  times(tile: number): Uint32Array | null;
}
