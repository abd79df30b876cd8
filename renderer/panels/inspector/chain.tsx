import type { WrittenChain } from '#shared/source/page-walk.ts';
import { useModel, useSteps } from '../../model/context.ts';

/** Why the page counts as written: what happened to it since its last clear; if a player is open, a click goes to the sub-step. */
export function Chain({ chain }: { readonly chain: WrittenChain }) {
  const { steps } = useModel();
  const playable = useSteps(({ state }) => state !== null);
  const unit = chain.numbers === 'steps' ? 'step' : 'sub-step';
  return (
    <div className="inspector__part" role="group" aria-label="Why is this page written?">
      <h3>Why is this page written?</h3>
      <p className="dim">
        Since {chain.since}; by {unit}:
      </p>
      {chain.links.length === 0 ? (
        <p className="faint">Nothing happened to it.</p>
      ) : (
        <ol className="events" aria-label="Chain of causes">
          {chain.links.map(({ number, call, cause, effect, bit }, i) => (
            <li key={`${number} ${i}`} className={`events__item events__item--${bit}`}>
              {playable ? (
                <button
                  type="button"
                  className="chain__number num"
                  aria-label={`Go to sub-step ${number}`}
                  onClick={() => void steps.move({ to: 'number', number })}
                >
                  {number}
                </button>
              ) : (
                <span className="faint num" title={`In ${unit} ${number} of the recorded program`}>
                  {number}
                </span>
              )}
              <span>
                {cause} <span className="mono">{effect}</span>
                <span className="faint mono chain__call">{call}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
