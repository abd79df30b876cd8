/** Age in ms within which half of the brightness is spent on the logarithm's first steps. */
export const TAU = 100;
/** Age in ms from which on everything looks alike. */
export const HEAT_WINDOW = 60_000;
/** 1 for a page written just now, 0 for HEAT_WINDOW and older; logarithmic, as attention is. */
export function heatOf(age: number): number {
  return Math.min(1, Math.max(0, 1 - Math.log1p(Math.max(0, age) / TAU) / Math.log1p(HEAT_WINDOW / TAU)));
}

/** Age in ms at which `heatOf` is `heat`. */
export function ageOfHeat(heat: number): number {
  return TAU * Math.expm1((1 - heat) * Math.log1p(HEAT_WINDOW / TAU));
}
