import { useEffect } from 'react';
import { useStore } from 'zustand';
import { countText } from '../../data/how-often.ts';
import { useModel, useSession, useView } from '../../model/context.ts';

/** In how many of the last intervals the page was written. */
export function HowOften({ page }: { readonly page: number }) {
  const { howOften } = useModel();
  const figures = useSession((session) => session.figures);
  const unit = useView((view) => view.countedUnit);
  const wanted = useView((view) => view.intervals);
  const known = useStore(howOften.page);
  useEffect(() => howOften.refreshPage(page), [howOften, page, unit, wanted, figures]);
  const { intervals, count } = known;
  if (known.page !== page) return null;
  return (
    <>
      <dt>How often</dt>
      <dd data-testid="page-how-often">
        {intervals === 0 ? (
          <span className="faint">
            {unit === 'phase' ? 'no phase has ended' : 'not known: no interval was sampled'}
          </span>
        ) : count === null ? (
          `written in none of the last ${intervals} ${unit}s`
        ) : (
          `written in ${countText(count, intervals, unit)}`
        )}
      </dd>
    </>
  );
}
