/** Times of a session or a recording: milliseconds from its beginning. */

const SECOND = 1000;
/** Distances between ticks, in ms, that people count in. */
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000,
];

/** 0:07.250, 12:03.5, 1:00:00: with `digits` of a second's fraction, 0 … 3. */
export function formatTime(ms: number, digits = 1): string {
  const unit = 10 ** (3 - digits);
  // Rounded first: 59.96 s is 1:00.0, never 0:60.0.
  const whole = Math.round(Math.abs(ms) / unit) * unit;
  const seconds = Math.floor(whole / SECOND);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  const fraction =
    digits === 0
      ? ''
      : `.${String(whole % SECOND)
          .padStart(3, '0')
          .slice(0, digits)}`;
  return `${ms < 0 && whole > 0 ? '−' : ''}${clock}${fraction}`;
}

/** What `formatTime` writes, and plain seconds, as ms; null for anything else. */
export function parseTime(text: string): number | null {
  const parts = text.trim().split(':');
  if (parts.length > 3 || !parts.every((part) => /^\d+(\.\d+)?$/.test(part))) return null;
  if (parts.slice(0, -1).some((part) => part.includes('.'))) return null;
  return Math.round(parts.reduce((sum, part) => sum * 60 + Number(part), 0) * SECOND);
}

export interface TimeTick {
  readonly time: number;
  readonly text: string;
}

/** Round times within [start, end], at most `most` of them, with a precision that distinguishes them. */
export function timeTicks(start: number, end: number, most: number): TimeTick[] {
  if (!(end > start) || most < 1) return [];
  const step = STEPS.find((one) => (end - start) / one <= most) ?? Math.ceil((end - start) / most);
  const digits = step >= SECOND ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  const ticks: TimeTick[] = [];
  for (let i = Math.ceil(start / step); i * step <= end; i++) {
    ticks.push({ time: i * step, text: formatTime(i * step, digits) });
  }
  return ticks;
}
