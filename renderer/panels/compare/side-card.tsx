import { Crosshair, FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { WHOLE, type ComparedSpan, type CompareSide } from '../../controllers/compare.ts';
import { useModel, usePlayback, useTime, useTimeline } from '../../model/context.ts';
import { fileName } from '../../ui/file-name.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { formatTime, parseTime } from '../../ui/time.ts';

interface SideCardProps {
  readonly side: CompareSide;
  readonly span: ComparedSpan | null;
}

/** One side of the comparison: which source, from when to when. */
export function SideCard({ side, span }: SideCardProps) {
  const { compare, attempt, shell } = useModel();
  const latest = useTimeline((state) => state.available?.end ?? null);
  const hasRange = useTime((state) => state.range !== null);
  const played = usePlayback() !== null;
  const name = side.toUpperCase();
  const take = (): void => {
    const present = compare.present(latest);
    if (present) compare.select(side, present);
  };
  const another = (): void =>
    void attempt(async () => {
      const path = await shell?.selectRecording();
      if (path) compare.select(side, { path, ...WHOLE });
    });
  return (
    <section className="side" aria-label={`Range ${name}`}>
      <div className="side__head">
        <h3 className="side__name">{name}</h3>
        <span className="dim ellipsis" data-testid={`compared-${side}`}>
          {span
            ? `${span.path === null ? (played ? 'this recording' : 'this session') : fileName(span.path)}, ${spanText(span)}`
            : 'not set'}
        </span>
      </div>
      <div className="side__form">
        <Button icon={Crosshair} onPress={take} isDisabled={latest === null}>
          {hasRange ? `Use this range as ${name}` : `Use this time as ${name}`}
        </Button>
        <Button icon={FolderOpen} onPress={another}>
          Another recording …
        </Button>
        {span && <Times key={`${span.path} ${span.start} ${span.end}`} side={side} span={span} />}
      </div>
    </section>
  );
}

/** Fields for the times of a side. */
function Times({ side, span }: { readonly side: CompareSide; readonly span: ComparedSpan }) {
  const { compare } = useModel();
  const [from, setFrom] = useState(formatTime(span.start, 3));
  const [to, setTo] = useState(span.end === Infinity ? '' : formatTime(span.end, 3));
  const start = parseTime(from);
  const end = to.trim() === '' ? Infinity : parseTime(to);
  const fits = start !== null && end !== null && start <= end;
  return (
    <form
      className="side__times"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) compare.select(side, { path: span.path, start, end });
      }}
    >
      <TextField
        label="From"
        hideLabel
        value={from}
        onChange={setFrom}
        error={start === null ? 'm:ss.000' : undefined}
      />
      <span className="faint">to</span>
      <TextField
        label="To"
        hideLabel
        value={to}
        onChange={setTo}
        placeholder="the end"
        error={end === null ? 'm:ss.000' : start !== null && start > end ? 'before it begins' : undefined}
      />
    </form>
  );
}

function spanText({ start, end }: ComparedSpan): string {
  if (start === end) return formatTime(start, 2);
  if (end === Infinity) return start === 0 ? 'all of it' : `${formatTime(start, 2)} to its end`;
  return `${formatTime(start, 2)} to ${formatTime(end, 2)}`;
}
