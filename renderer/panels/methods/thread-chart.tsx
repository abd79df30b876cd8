import { line, scaleLog, scalePoint } from 'd3';
import { METHOD_IDS, METHODS, type MethodRow } from '#shared/methods/methods.ts';
import { formatNs } from '../../ui/format.ts';
import { useSize } from '../../ui/use-size.ts';

const HEIGHT = 168;
const LEFT = 56;
const RIGHT = 136;
const TOP = 8;
const BOTTOM = 24;
const ASSUMED_WIDTH = 900;
/** Least distance between two labels at the right, in pixels. */
const LABEL_DISTANCE = 13;

/** The first write to a page by the number of threads that write, a line a method. */
export function ThreadChart({ rows }: { readonly rows: readonly MethodRow[] }) {
  const [ref, size] = useSize<HTMLDivElement>();
  const width = size?.width || ASSUMED_WIDTH;
  const threads = [...new Set(rows.map((row) => row.threads))].sort((a, b) => a - b);
  if (threads.length < 2) return null;
  const values = rows.map(({ firstNs }) => firstNs).filter((value) => value > 0);
  const x = scalePoint(threads, [LEFT, width - RIGHT]);
  const y = scaleLog([Math.min(...values) / 1.5, Math.max(...values) * 1.5], [HEIGHT - BOTTOM, TOP]);
  const path = line<MethodRow>()
    .x((row) => x(row.threads) ?? 0)
    .y((row) => y(Math.max(row.firstNs, 1)));
  const lines = METHOD_IDS.map((method) => ({
    method,
    points: rows.filter((row) => row.method === method).sort((a, b) => a.threads - b.threads),
  })).filter(({ points }) => points.length > 0);
  const labels = spread(lines.map(({ points }) => y(Math.max(points.at(-1)?.firstNs ?? 1, 1))));
  const ticks = y.ticks(4).filter((tick) => Number.isInteger(Math.log10(tick)));
  return (
    <figure className="methods__chart">
      <figcaption>
        <b>First write by threads</b> <span className="faint">10 % of the pages written.</span>
      </figcaption>
      <div ref={ref}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label="First write to a page by the number of threads"
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line className="methods__grid-line" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
              <text className="methods__value" x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end">
                {formatNs(tick)}
              </text>
            </g>
          ))}
          {threads.map((count) => (
            <text key={count} className="methods__value" x={x(count)} y={HEIGHT - 6} textAnchor="middle">
              {count === 1 ? '1 thread' : count}
            </text>
          ))}
          {lines.map(({ method, points }, i) => (
            <g key={method}>
              <path className={`methods__line methods__line--${method}`} d={path(points) ?? ''} />
              {points.map((point) => (
                <circle
                  key={point.threads}
                  className={`methods__bar--${method}`}
                  cx={x(point.threads)}
                  cy={y(Math.max(point.firstNs, 1))}
                  r={2.5}
                >
                  <title>{`${METHODS[method].name}, ${point.threads} threads: ${formatNs(point.firstNs)}`}</title>
                </circle>
              ))}
              <text className="methods__name" x={width - RIGHT + 8} y={labels[i]} dy="0.32em">
                {METHODS[method].name}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** Moves positions apart so that labels do not overlap, in their order. */
function spread(positions: readonly number[]): number[] {
  const order = positions.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at);
  const result = [...positions];
  let last = -Infinity;
  for (const { at, i } of order) {
    last = Math.max(at, last + LABEL_DISTANCE);
    result[i] = last;
  }
  return result;
}
