import { scaleBand, scaleLog } from 'd3';
import { METHOD_IDS, METHODS, type MethodRow } from '#shared/methods/methods.ts';
import { formatNs } from '../../ui/format.ts';
import { useSize } from '../../ui/use-size.ts';

interface BarChartProps {
  readonly title: string;
  readonly hint: string;
  /** One per method and percentage. */
  readonly rows: readonly MethodRow[];
  readonly value: (row: MethodRow) => number;
}

const LABEL_WIDTH = 124;
const VALUE_WIDTH = 104;
const BAR_HEIGHT = 12;
const GROUP_GAP = 8;
const ASSUMED_WIDTH = 440;

/** Bars by method, within each one by the percentage of pages written, on a logarithmic scale. */
export function BarChart({ title, hint, rows, value }: BarChartProps) {
  const [ref, size] = useSize<HTMLDivElement>();
  const width = size?.width || ASSUMED_WIDTH;
  const methods = METHOD_IDS.filter((id) => rows.some(({ method }) => method === id));
  const percents = [...new Set(rows.map(({ percent }) => percent))].sort((a, b) => a - b);
  const groupHeight = percents.length * BAR_HEIGHT + GROUP_GAP;
  const groups = scaleBand(methods, [0, methods.length * groupHeight]);
  const values = rows.map(value).filter((one) => one > 0);
  const max = Math.max(10, ...values);
  // A decade below the smallest, so that every bar is seen.
  const min = Math.min(max / 10, ...values) / 3;
  const x = scaleLog([min, max], [0, Math.max(40, width - LABEL_WIDTH - VALUE_WIDTH)]);
  return (
    <figure className="methods__chart">
      <figcaption>
        <b>{title}</b> <span className="faint">{hint}</span>
      </figcaption>
      <div ref={ref}>
        <svg
          width={width}
          height={methods.length * groupHeight}
          role="img"
          aria-label={summary(title, rows, value)}
        >
          {methods.map((method) => (
            <g key={method} transform={`translate(0 ${groups(method) ?? 0})`}>
              <text className="methods__name" x={0} y={groupHeight / 2 - GROUP_GAP / 2} dy="0.32em">
                {METHODS[method].name}
              </text>
              {rows
                .filter((row) => row.method === method)
                .map((row) => {
                  const length = Math.max(1, x(Math.max(min, value(row))));
                  const y = percents.indexOf(row.percent) * BAR_HEIGHT;
                  return (
                    <g key={row.percent}>
                      <rect
                        className={`methods__bar methods__bar--${method}`}
                        x={LABEL_WIDTH}
                        y={y}
                        width={length}
                        height={BAR_HEIGHT - 2}
                      />
                      <text
                        className="methods__value"
                        x={LABEL_WIDTH + length + 4}
                        y={y + BAR_HEIGHT / 2 - 1}
                        dy="0.34em"
                      >
                        {formatNs(value(row))}
                        <tspan className="methods__percent" dx={4}>
                          {row.percent} %
                        </tspan>
                      </text>
                    </g>
                  );
                })}
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

/** The chart in words. */
function summary(title: string, rows: readonly MethodRow[], value: BarChartProps['value']): string {
  const parts = rows.map(
    (row) => `${METHODS[row.method].name}, ${row.percent} % written: ${formatNs(value(row))}`,
  );
  return `${title}. ${parts.join('; ')}`;
}
