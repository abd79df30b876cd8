import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import {
  Button as AriaButton,
  Dialog,
  DialogTrigger,
  Popover,
  Radio,
  RadioGroup,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components';
import { type Mark, MARK_COLOURS } from '#shared/contract/recording.ts';
import { useModel, useTime, useTimeline } from '../../model/context.ts';
import { msOf } from '../../stores/time-store.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { formatTime } from '../../ui/time.ts';
import type { ChartView } from './chart-view.ts';
import './marks.css';

/** Marks as flags in their lane below the ruler; each has its whole note as a tooltip and opens it. */
export function Marks({ view }: { readonly view: ChartView }) {
  const marks = useTimeline((state) => state.marks);
  useTime((state) => state.zoom);
  useTimeline((state) => state.read);
  const { width } = view.size;
  const shown = marks
    .map((mark) => ({ mark, x: view.xOf(msOf(mark.timeNs)) }))
    .filter(({ x }) => x >= -1 && x <= width + 1);
  return (
    <div role="group" aria-label="Marks">
      {shown.map(({ mark, x }, i) => (
        <Flag key={mark.id} mark={mark} x={x} room={(shown[i + 1]?.x ?? width) - x} />
      ))}
    </div>
  );
}

/** Pixels for three letters of a note; with less the flag is bare. */
const NOTE_ROOM = 28;

interface FlagProps {
  readonly mark: Mark;
  readonly x: number;
  /** Pixels until the next flag. */
  readonly room: number;
}

function Flag({ mark, x, room }: FlagProps) {
  const { playback, timeline } = useModel();
  const isOpen = useTimeline((state) => state.editing === mark.id);
  const time = msOf(mark.timeNs);
  const name = mark.note === '' ? 'without a note' : mark.note;
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={(open) => timeline.edit(open ? mark.id : null)}>
      <TooltipTrigger delay={200}>
        <AriaButton
          className="timeline__flag"
          style={{ left: x, maxWidth: Math.max(9, room - 2), background: `var(--mark-${mark.colour})` }}
          aria-label={`Mark ${name} at ${formatTime(time)}`}
          onPress={() => playback.goTo(time)}
        >
          {(room >= NOTE_ROOM || mark.note.length < 2) && <span className="timeline__note">{mark.note}</span>}
        </AriaButton>
        <Tooltip className="tooltip" offset={4}>
          <span className="num">{formatTime(time, 2)}</span> {name}
        </Tooltip>
      </TooltipTrigger>
      <Popover className="popover" placement="top start" offset={4}>
        <Dialog className="timeline__mark" aria-label={`Mark at ${formatTime(time)}`}>
          <MarkForm key={mark.id} mark={mark} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function MarkForm({ mark }: { readonly mark: Mark }) {
  const { timeline } = useModel();
  const [note, setNote] = useState(mark.note);
  const keep = (): void => {
    if (note !== mark.note) void timeline.changeMark({ id: mark.id, note });
    timeline.edit(null);
  };
  return (
    <form
      className="timeline__form"
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <TextField label="Note" value={note} onChange={setNote} autoFocus />
      <RadioGroup
        className="field"
        aria-label="Colour"
        value={mark.colour}
        onChange={(value) => {
          const colour = MARK_COLOURS.find((one) => one === value);
          if (colour) void timeline.changeMark({ id: mark.id, colour });
        }}
      >
        <div className="timeline__colours">
          {MARK_COLOURS.map((colour) => (
            <Radio key={colour} value={colour} className="timeline__colour" aria-label={colour}>
              <span className="timeline__dot" style={{ background: `var(--mark-${colour})` }} />
            </Radio>
          ))}
        </div>
      </RadioGroup>
      <div className="timeline__buttons">
        <Button
          icon={Trash2}
          onPress={() => {
            timeline.edit(null);
            void timeline.removeMark(mark.id);
          }}
        >
          Delete
        </Button>
        <Button kind="primary" onPress={keep}>
          Keep
        </Button>
      </div>
    </form>
  );
}
