import { Crosshair, FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { WHOLE, type ChosenMoment, type CompareSide } from '../../controllers/compare.ts';
import { useModel, usePlayback, useTime, useTimeline } from '../../model/context.ts';
import { fileName } from '../../ui/file-name.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { formatTime, parseTime } from '../../ui/time.ts';

interface MomentCardProps {
  readonly side: CompareSide;
  readonly moment: ChosenMoment | null;
}

/** One side of the comparison: which source, from when to when. */
export function MomentCard({ side, moment }: MomentCardProps) {
  const { compare, attempt, shell } = useModel();
  const latest = useTimeline((state) => state.available?.end ?? null);
  const hasRange = useTime((state) => state.range !== null);
  const played = usePlayback() !== null;
  const name = side.toUpperCase();
  const take = (): void => {
    const present = compare.present(latest);
    if (present) compare.choose(side, present);
  };
  const another = (): void =>
    void attempt(async () => {
      const path = await shell?.chooseRecording();
      if (path) compare.choose(side, { path, ...WHOLE });
    });
  return (
    <section className="moment" aria-label={`Moment ${name}`}>
      <div className="moment__head">
        <h3 className="moment__name">{name}</h3>
        <span className="dim ellipsis" data-testid={`moment-${side}`}>
          {moment
            ? `${moment.path === null ? (played ? 'this recording' : 'this session') : fileName(moment.path)}, ${spanText(moment)}`
            : 'not set'}
        </span>
      </div>
      <div className="moment__form">
        <Button icon={Crosshair} onPress={take} isDisabled={latest === null}>
          {hasRange ? `Use this range as ${name}` : `Use this time as ${name}`}
        </Button>
        <Button icon={FolderOpen} onPress={another}>
          Another recording …
        </Button>
        {moment && <Times key={`${moment.path} ${moment.start} ${moment.end}`} side={side} moment={moment} />}
      </div>
    </section>
  );
}

/** Its times, to be typed. */
function Times({ side, moment }: { readonly side: CompareSide; readonly moment: ChosenMoment }) {
  const { compare } = useModel();
  const [from, setFrom] = useState(formatTime(moment.start, 3));
  const [to, setTo] = useState(moment.end === Infinity ? '' : formatTime(moment.end, 3));
  const start = parseTime(from);
  const end = to.trim() === '' ? Infinity : parseTime(to);
  const fits = start !== null && end !== null && start <= end;
  return (
    <form
      className="moment__times"
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) compare.choose(side, { path: moment.path, start, end });
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

function spanText({ start, end }: ChosenMoment): string {
  if (start === end) return formatTime(start, 2);
  if (end === Infinity) return start === 0 ? 'all of it' : `${formatTime(start, 2)} to its end`;
  return `${formatTime(start, 2)} to ${formatTime(end, 2)}`;
}
