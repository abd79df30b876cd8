import { flagMeaning } from '../../ui/flag-meanings.ts';

interface ComparedFlagsProps {
  readonly flags: readonly string[];
  /** Flags at the other step. */
  readonly other: readonly string[];
  /** Whether this is the current step: what only it has was gained; what only the kept one has, lost. */
  readonly current: boolean;
  readonly none: string;
}

/** Flags at one of two steps; those that the other does not have are marked, with a sign as well as a colour. */
export function ComparedFlags({ flags, other, current, none }: ComparedFlagsProps) {
  if (flags.length === 0)
    return <span className={other.length > 0 ? 'twosteps__none' : 'faint'}>{none}</span>;
  return (
    <span className="twosteps__flags">
      {flags.map((name) => {
        const meaning = flagMeaning(name);
        const state = other.includes(name) ? '' : current ? ' steps__flag--set' : ' steps__flag--cleared';
        return (
          <span
            key={name}
            className={`steps__flag mono${state}`}
            {...(meaning === '' ? {} : { title: meaning })}
          >
            {state === '' ? '' : current ? '+' : '−'}
            {name}
          </span>
        );
      })}
    </span>
  );
}
