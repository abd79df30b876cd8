/** What a ramp of colours means. */
export interface RampScale {
  readonly kind: 'ramp';
  readonly title: string;
  /** Share of the ramp at which the scale begins. */
  readonly from: number;
  /** Labels, each at a share of the scale's length. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Colours that have each a meaning of its own. */
export interface ClassScale {
  readonly kind: 'classes';
  readonly title: string;
  /** Each at a share of the ramp. */
  readonly classes: readonly { readonly at: number; readonly text: string }[];
}

export type ColourScale = RampScale | ClassScale;

/** What colours the map instead of the pages' ages. */
export interface PageColouring {
  /** The time for which the map is drawn, in ms. */
  readonly now: number;
  readonly scale: ColourScale;
  /** For each of a tile's 512 pages the time whose age gives its colour, in ms + 1; 0: not coloured as written. Null: all are 0. */
  times(tile: number): Uint32Array | null;
}
