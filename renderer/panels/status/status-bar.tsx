import type { ReactNode } from 'react';
import type { SessionState } from '#shared/contract/session-state.ts';
import { trackingCostPhrases } from '#shared/source/tracking-cost.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useSession } from '../../model/context.ts';
import { type Liveness, livenessOf } from '../../stores/liveness.ts';
import { formatCount, formatNs, formatPages, formatRate, plural } from '../../ui/format.ts';
import './status.css';

/** Explanation of a rate, used wherever one is shown. */
const RATE_HINT =
  'Memory written per second, counted by the engine in its samples of the last second: a page counts once per sample (interval), or once until it is cleared (hold)';

const PAINT_HINT =
  'Animation frames of the whole window in the last second, and script time of a frame (95th percentile)';

/** Current figures, the most important first: if there is no room for all, the last ones are not shown. */
export function StatusBar() {
  const map = useMap();
  const figures = useSession((session) => session.figures);
  const statistics = useSession((session) => session.statistics);
  const state = useSession((session) => session.state);
  const rates = useSession((session) => session.rates);
  const liveness = useSession((session) => livenessOf(session.host, session.state));
  const where = useSession((session) => session.host.where);
  const source = state?.source ?? null;
  const costs = statistics?.cost ? trackingCostPhrases(statistics.cost) : [];
  return (
    <footer className="status" aria-label="Figures">
      <div className="status__figures">
        <Figure name="State">{modeText(state, liveness)}</Figure>
        <Figure name="Written">
          {formatCount(figures.writtenPages)}
          <span className="faint">
            {' '}
            {figures.writtenPages === 1 ? 'page' : 'pages'} · {formatPages(figures.writtenPages)}
          </span>
        </Figure>
        <Figure name="Rate" title={RATE_HINT}>
          <span data-testid="write-rate">{rates ? formatRate(rates.pages) : '–'}</span>
          {rates && <span className="faint"> · {plural(Math.round(rates.pages), 'page')}/s</span>}
        </Figure>
        {costs.length > 0 && (
          <span
            className="status__figure status__cost ellipsis"
            title={costs.join(' · ')}
            data-testid="tracking-cost"
          >
            {costs.join(' · ')}
          </span>
        )}
        <Figure name="Samples">
          {statistics ? statistics.samples : '–'}
          <span className="faint"> /s</span>
        </Figure>
        <Figure name="Scan">{statistics && statistics.scanNs > 0 ? formatNs(statistics.scanNs) : '–'}</Figure>
        <Figure name="Merged">
          {statistics ? statistics.merged : '–'}
          <span className="faint"> /s</span>
        </Figure>
        <Figure name="Frame" title="Number of the last frame in the picture">
          <span data-testid="sequence">{figures.sequence < 0 ? '–' : formatCount(figures.sequence)}</span>
        </Figure>
        <Figure name="Paint" title={PAINT_HINT}>
          {figures.framesPerSecond}
          <span className="faint"> /s · p95 {figures.frameCost.toFixed(1)} ms</span>
        </Figure>
      </div>
      <span className="status__source ellipsis dim" title="Engine, tracking method and renderer">
        {[where, source?.description.backend, map.renderer.painterName].filter(Boolean).join(' · ')}
      </span>
    </footer>
  );
}

function modeText(state: SessionState | null, liveness: Liveness): string {
  if (!state?.source) return 'no source';
  if (liveness === 'exited' || liveness === 'stopped') return liveness;
  if (state.paused) return 'paused';
  return state.mode === 'hold' ? 'since last clear' : 'each interval';
}

interface FigureProps {
  readonly name: string;
  readonly title?: string;
  readonly children: ReactNode;
}

function Figure({ name, title, children }: FigureProps) {
  return (
    <span className="status__figure" {...(title && { title })}>
      <span className="faint">{name}</span> {children}
    </span>
  );
}
