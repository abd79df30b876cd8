import { ArrowLeftRight } from 'lucide-react';
import { useMemo } from 'react';
import type { Comparison } from '#shared/contract/recording.ts';
import { Belongs } from '../../data/compared-tiles.ts';
import { useCompare, useModel, useView } from '../../model/context.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatCount, formatPages, plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { useTheme } from '../../ui/use-media.ts';
import { setPalette } from './set-palette.ts';
import { SideCard } from './side-card.tsx';
import { SetMap } from './set-map.tsx';
import { SetTable } from './set-table.tsx';
import './compare.css';

/** Two times or intervals, of one recording or of two: only A, only B, both. */
export function Compare() {
  const { compare } = useModel();
  const { a, b, result, running, failure } = useCompare((state) => state);
  return (
    <section className="compare" aria-label="Compare" tabIndex={-1}>
      <div className="compare__sides">
        <SideCard side="a" span={a} />
        <IconButton
          label="Swap A and B"
          icon={ArrowLeftRight}
          isDisabled={!a && !b}
          onPress={() => compare.swap()}
        />
        <SideCard side="b" span={b} />
      </div>
      {failure && <Message message={failure.message} remedy={failure.remedy} />}
      {result ? (
        <>
          <Counts comparison={result} />
          <SetMap comparison={result} />
          <SetTable comparison={result} />
        </>
      ) : (
        <p className="empty compare__empty">
          {running
            ? 'Comparing …'
            : 'Select a time on the timeline, or drag over an interval, and use it as A; then another as B. What was written in each, and in both, is shown here.'}
        </p>
      )}
    </section>
  );
}

const SETS = [
  [Belongs.OnlyA, 'Only A', 'onlyA'],
  [Belongs.OnlyB, 'Only B', 'onlyB'],
  [Belongs.Both, 'Both', 'both'],
] as const;

/** Legend and sums in one. */
function Counts({ comparison }: { readonly comparison: Comparison }) {
  const theme = useTheme(useView((state) => state.theme));
  const palette = useMemo(() => setPalette(theme), [theme]);
  const { frames, gone, hot, omitted } = comparison;
  return (
    <div className="compare__counts" role="status">
      {SETS.map(([belongs, title, field]) => (
        <span key={field} className="compare__count" data-testid={`compare-${field}`}>
          <span className="sets__swatch" style={{ background: palette.css(belongs) }} />
          {title} <b className="num">{formatCount(comparison[field])}</b>
          <span className="faint num">{formatPages(comparison[field])}</span>
        </span>
      ))}
      <span className="dim compare__frames">
        {plural(frames.a, 'frame')} of A, {plural(frames.b, 'frame')} of B
        {gone.a + gone.b > 0 &&
          ` · given back: ${plural(gone.a, 'page')} in A, ${plural(gone.b, 'page')} in B`}
        {hot.a + hot.b > 0 &&
          ` · hot, not known exactly: ${plural(hot.a, 'page')} in A, ${plural(hot.b, 'page')} in B`}
        {omitted.tiles > 0 && ` · ${plural(omitted.tiles, 'row')} too many for the map`}
        {omitted.vmas > 0 && ` · ${plural(omitted.vmas, 'mapping')} too many for the table`}
      </span>
    </div>
  );
}
