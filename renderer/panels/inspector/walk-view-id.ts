/** The large drawing's id among the views in the middle. */
export const WALK_VIEW = 'walk';
