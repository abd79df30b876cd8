import { memo } from 'react';
import { rangePages } from '#shared/memory/range.ts';
import { type Vma, vmaPermissions } from '#shared/memory/vma.ts';
import { kindWords, trackingWords } from '../../heatmap/description/describe.ts';
import { Address } from '../../ui/address.tsx';
import { formatPages } from '../../ui/format.ts';

export const ROW_HEIGHT = 22;

interface VmaRowProps {
  readonly vma: Vma;
  /** Place in the order shown. */
  readonly place: number;
  /** Pages written, present, swapped, huge, newly written a second. */
  readonly counts: readonly [number, number, number, number, number];
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (place: number) => void;
}

/** One VMA; drawn again only when something of it has changed. */
export const VmaRow = memo(
  function VmaRow({ vma, place, counts, isActive, isChosen, onChoose }: VmaRowProps) {
    const state = `${isChosen ? ' vmas__row--chosen' : ''}${isActive ? ' vmas__row--active' : ''}`;
    return (
      <div
        id={`vma-row-${place}`}
        className={`vmas__row${state}${vma.tracked ? '' : ' vmas__row--untracked'}`}
        role="row"
        aria-rowindex={place + 2}
        aria-selected={isChosen}
        style={{ top: place * ROW_HEIGHT }}
        onClick={() => onChoose(place)}
      >
        <Cell>
          <Address page={vma.start} />
        </Cell>
        <Cell numeric>{formatPages(rangePages(vma))}</Cell>
        <Cell title={vma.name}>
          {vma.name === '' ? <span className="faint">{kindWords(vma.kind)}</span> : nameParts(vma.name)}
        </Cell>
        <Count pages={counts[0]} strong />
        <Count pages={Math.round(counts[4])} unit="/s" />
        <Cell mono>{vmaPermissions(vma)}</Cell>
        <Count pages={counts[1]} />
        <Count pages={counts[2]} />
        <Count pages={counts[3]} />
        <Cell>{kindWords(vma.kind)}</Cell>
        <Cell mono title={vma.flags}>
          {vma.flags}
        </Cell>
        <Cell title={trackingWords(vma)}>{trackingWords(vma)}</Cell>
      </div>
    );
  },
  (before, after) =>
    before.vma === after.vma &&
    before.place === after.place &&
    before.isActive === after.isActive &&
    before.isChosen === after.isChosen &&
    before.onChoose === after.onChoose &&
    before.counts.every((count, i) => count === after.counts[i]),
);

interface CountProps {
  readonly pages: number;
  readonly strong?: boolean;
  readonly unit?: string;
}

function Count({ pages, strong, unit = '' }: CountProps) {
  return (
    <Cell numeric strong={strong === true && pages > 0}>
      {pages === 0 ? <span className="faint">–</span> : `${formatPages(pages)}${unit}`}
    </Cell>
  );
}

interface CellProps {
  readonly children: React.ReactNode;
  readonly numeric?: boolean;
  readonly mono?: boolean;
  readonly strong?: boolean;
  readonly title?: string;
}

function Cell({ children, numeric, mono, strong, title }: CellProps) {
  const kinds = `${numeric ? ' num' : ''}${mono ? ' mono' : ''}${strong ? ' vmas__cell--strong' : ''}`;
  return (
    <div role="gridcell" className={`vmas__cell ellipsis${kinds}`} {...(title ? { title } : {})}>
      {children}
    </div>
  );
}

/** A path with its folder dimmed, the file in full strength. */
function nameParts(name: string) {
  const cut = name.startsWith('[') ? 0 : name.lastIndexOf('/') + 1;
  // The end is what tells files apart, so the folder is the part that gives way.
  return (
    <span className="vmas__name">
      {cut > 0 && <span className="vmas__folder faint ellipsis">{name.slice(0, cut)}</span>}
      <span className="vmas__file ellipsis">{name.slice(cut)}</span>
    </span>
  );
}
