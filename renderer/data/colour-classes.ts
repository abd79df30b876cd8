/** Classes with their own colour; all others share one more. */
export const OWN_CLASSES = 8;
/** Steps of a ramp that shows classes: the others at its beginning, the first class at its end. */
export const CLASSES = OWN_CLASSES + 1;

/** Middle of the step of class `index` as a share of the ramp. @param index 0 … OWN_CLASSES - 1, or OWN_CLASSES for the others */
export const shareOfClass = (index: number): number => (OWN_CLASSES - index + 0.5) / CLASSES;
