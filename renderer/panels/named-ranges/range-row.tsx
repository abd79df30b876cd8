import { Check, Pencil, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { formatAddress } from '#shared/memory/page.ts';
import type { RangePlace } from '#shared/ranges/named-range.ts';
import type { ShownRange } from '../../controllers/named-ranges.ts';
import { errorData } from '../../engine/engine-link.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { useModel } from '../../model/context.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { formatBytes } from '../../ui/format.ts';

interface RangeRowProps {
  readonly one: ShownRange;
  /** The range was gone to. */
  onGo(): void;
}

/** A named range: its name goes to it. */
export function RangeRow({ one, onGo }: RangeRowProps) {
  const model = useModel();
  const map = useMap();
  const [edited, setEdited] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const { range, start, pages, reason } = one;
  const go = (): void => {
    if (pages === null) return;
    selectRange(model.selection, pages);
    map.camera.frameRange(pages);
    onGo();
  };
  const rename = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    try {
      await model.namedRanges.rename(range.id, edited ?? range.name);
      setEdited(null);
    } catch (cause) {
      setProblem(errorData(cause).message);
    }
  };
  return (
    <li className="ranges__row">
      <div className="ranges__name">
        {edited !== null ? (
          <form onSubmit={(event) => void rename(event)}>
            <TextField
              label={`New name of ${range.name}`}
              hideLabel
              value={edited}
              error={problem}
              autoFocus
              onChange={(text) => {
                setEdited(text);
                setProblem(undefined);
              }}
            />
          </form>
        ) : (
          <button type="button" className="ranges__go" disabled={pages === null} onClick={go}>
            {range.name}
          </button>
        )}
        <span className="ranges__place faint" title={placeText(range.place)}>
          {placeText(range.place)}
        </span>
      </div>
      <span className="mono dim">
        {start === null ? <span className="ranges__reason">{reason}</span> : formatAddress(start)}
      </span>
      <span className="num dim">{formatBytes(Number(range.length))}</span>
      {edited === null ? (
        <IconButton label={`Rename ${range.name}`} icon={Pencil} onPress={() => setEdited(range.name)} />
      ) : (
        <IconButton label={`Use this name for ${range.name}`} icon={Check} onPress={() => void rename()} />
      )}
      <IconButton
        label={`Remove ${range.name}`}
        icon={Trash2}
        onPress={() => void model.namedRanges.remove(range.id)}
      />
    </li>
  );
}

function placeText(place: RangePlace): string {
  if (place.kind === 'address') return 'by address: valid for this run of this program only';
  const build =
    place.kind === 'image' && place.buildId !== null ? `, build ${place.buildId.slice(0, 12)}` : '';
  return `${place.path}+${place.offset}${build}`;
}
