import { ListTree, Pencil } from 'lucide-react';
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { useModel, useTimeline } from '../../model/context.ts';
import { msOf } from '../../stores/time-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatTime } from '../../ui/time.ts';
import './marks.css';

/** All marks with their full notes: a press goes to the mark, the pencil opens the note. */
export function MarkList() {
  const { playback, timeline } = useModel();
  const marks = useTimeline((state) => state.marks);
  return (
    <DialogTrigger>
      <AriaButton
        className="button button--quiet button--icon"
        aria-label="List of marks"
        isDisabled={marks.length === 0}
      >
        <ListTree className="icon" aria-hidden />
      </AriaButton>
      <Popover className="popover" placement="top start" offset={4}>
        <Dialog className="marklist" aria-label="Marks">
          {({ close }) => (
            <ul className="marklist__list">
              {marks.map((mark) => (
                <li key={mark.id} className="marklist__item">
                  <AriaButton
                    className="row-button marklist__go"
                    onPress={() => playback.goTo(msOf(mark.timeNs))}
                  >
                    <span
                      className="timeline__swatch"
                      style={{ background: `var(--mark-${mark.colour})` }}
                      aria-hidden
                    />
                    <span className="num dim">{formatTime(msOf(mark.timeNs), 2)}</span>
                    <span>{mark.note || <span className="faint">without a note</span>}</span>
                  </AriaButton>
                  <IconButton
                    label={`Edit the mark at ${formatTime(msOf(mark.timeNs), 2)}`}
                    icon={Pencil}
                    onPress={() => {
                      close();
                      playback.goTo(msOf(mark.timeNs));
                      timeline.edit(mark.id);
                    }}
                  />
                </li>
              ))}
            </ul>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
