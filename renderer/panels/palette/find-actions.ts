import fuzzysort from 'fuzzysort';
import { ACTION_GROUPS, type Action } from '../../actions/action.ts';

/** An action that fits what was typed, with the parts of its title that fit. */
export interface Found {
  readonly action: Action;
  /** The title in pieces: every second one, from the second on, is what was typed. */
  readonly pieces: readonly string[];
}

/** A word of the title counts more than one of the group's name or of the further words. */
const WEIGHTS = [1, 0.7, 0.5] as const;

/**
 * The actions that fit `query`, the best first; all of them where it is empty, those of `recent` (ids) first.
 */
export function findActions(actions: readonly Action[], query: string, recent: readonly string[]): Found[] {
  const listed = actions.filter(({ listed: isListed }) => isListed !== false);
  const text = query.trim();
  if (text === '') {
    const rank = ({ id, group }: Action): number => {
      const at = recent.indexOf(id);
      return at >= 0 ? at - recent.length : ACTION_GROUPS.indexOf(group);
    };
    return listed
      .map((action) => ({ action, rank: rank(action) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ action }) => ({ action, pieces: [action.title] }));
  }
  const results = fuzzysort.go(text, listed, {
    keys: ['title', 'group', (action: Action) => action.words ?? ''],
    threshold: 0.25,
    scoreFn: (fits) => Math.max(...WEIGHTS.map((weight, i) => (fits[i]?.score ?? 0) * weight)),
  });
  return results.map((result) => ({
    action: result.obj,
    pieces: piecesOf(result.obj.title, result[0]?.indexes ?? []),
  }));
}

function piecesOf(title: string, indexes: readonly number[]): string[] {
  const hit = new Set(indexes);
  const pieces: string[] = [''];
  for (let i = 0; i < title.length; i++) {
    if (hit.has(i) !== (pieces.length % 2 === 0)) pieces.push('');
    pieces.push(`${pieces.pop() ?? ''}${title[i] ?? ''}`);
  }
  return pieces;
}
