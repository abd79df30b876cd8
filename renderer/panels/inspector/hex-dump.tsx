import { type KeyboardEvent, memo, type MouseEvent, type ReactNode, useEffect, useEffectEvent } from 'react';
import { addressOfPage, PAGE_SIZE } from '#shared/memory/page.ts';
import type { PageContents } from '../../controllers/page-inspection.ts';
import { useModel, useSelection } from '../../model/context.ts';
import { useSize } from '../../ui/use-size.ts';
import { useVisibleRows } from '../../ui/use-visible-rows.ts';

const ROW_HEIGHT = 18;
/** Ids of the bytes begin with it. */
const ID = 'hex-';
/** Reads for which a change is still shown, fainter. */
const RECENT = 20;
/** From this width in pixels 16 bytes fit in a row. */
const WIDE = 500;

/** A page in hexadecimal: rows in view only; arrows walk from byte to byte, N to the next that changed. */
export function HexDump({ contents }: { readonly contents: PageContents }) {
  const { bytes, changedIn, reads, page } = contents;
  const [ref, size] = useSize<HTMLDivElement>();
  const perRow = (size?.width ?? 0) >= WIDE ? 16 : 8;
  const rows = Math.ceil(bytes.length / perRow);
  const { selection } = useModel();
  const cursor = useSelection((state) => Math.min(state.byte, bytes.length - 1));
  const visible = useVisibleRows(ref, rows, ROW_HEIGHT);
  const row = Math.floor(cursor / perRow);
  const reveal = useEffectEvent(() => visible.reveal(row));
  // Also if another view selected the byte, and once the size is known.
  useEffect(() => reveal(), [row, size]);
  const goTo = (byte: number): void =>
    selection.setState({ byte: Math.min(bytes.length - 1, Math.max(0, byte)) });
  const nextChanged = (): number => {
    for (let i = 1; i <= bytes.length; i++) {
      const at = (cursor + i) % bytes.length;
      if (isChanged(changedIn[at] ?? 0, reads) === 'now') return at;
    }
    return cursor;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const moves: Readonly<Record<string, () => number>> = {
      ArrowLeft: () => cursor - 1,
      ArrowRight: () => cursor + 1,
      ArrowUp: () => cursor - perRow,
      ArrowDown: () => cursor + perRow,
      PageUp: () => cursor - perRow * visible.page,
      PageDown: () => cursor + perRow * visible.page,
      Home: () => 0,
      End: () => bytes.length - 1,
      n: nextChanged,
    };
    const move = moves[event.key];
    if (!move) return;
    goTo(move());
    event.preventDefault();
    event.stopPropagation();
  };

  const onClick = (event: MouseEvent): void => {
    const id = event.target instanceof Element ? event.target.id : '';
    if (id.startsWith(ID)) goTo(Number(id.slice(ID.length)));
  };

  const last = Math.min(rows, visible.first + visible.count);
  const address = addressOfPage(page);
  const shown: ReactNode[] = [];
  for (let shownRow = visible.first; shownRow < last; shownRow++) {
    const from = shownRow * perRow;
    const part = bytes.subarray(from, from + perRow);
    shown.push(
      <HexRow
        key={shownRow}
        row={shownRow}
        from={from}
        values={hexOf(part)}
        text={textOf(part)}
        marks={Array.from(changedIn.subarray(from, from + part.length), (read) => markOf(read, reads)).join(
          '',
        )}
        cursor={cursor >= from && cursor < from + perRow ? cursor - from : -1}
      />,
    );
  }
  return (
    <div
      ref={ref}
      className="hex mono"
      role="grid"
      aria-label={`Bytes of page 0x${address.toString(16)}`}
      aria-rowcount={rows}
      aria-colcount={perRow}
      aria-activedescendant={`${ID}${cursor}`}
      tabIndex={0}
      data-testid="hex-dump"
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <div role="rowgroup" className="hex__rows" style={{ height: rows * ROW_HEIGHT }}>
        {shown}
      </div>
    </div>
  );
}

interface HexRowProps {
  readonly row: number;
  readonly from: number;
  /** Two digits per byte. */
  readonly values: string;
  readonly text: string;
  /** A letter per byte: `n` changed now, `r` changed recently, `-` unchanged. */
  readonly marks: string;
  /** The row's byte at the keyboard cursor; -1: none. */
  readonly cursor: number;
}

const ZERO = '00';
const CLASSES: Readonly<Record<string, string>> = { n: ' hex__byte--now', r: ' hex__byte--recent' };
const CHANGED: Readonly<Record<string, string>> = { n: 'now', r: 'recently' };

/** Drawn again only when something of it has changed: its properties are plain text. */
const HexRow = memo(function HexRow({ row, from, values, text, marks, cursor }: HexRowProps) {
  const count = marks.length;
  return (
    <div className="hex__row" role="row" aria-rowindex={row + 1} style={{ top: row * ROW_HEIGHT }}>
      <span role="rowheader" className="hex__offset faint">
        {from.toString(16).padStart((PAGE_SIZE - 1).toString(16).length, '0')}
      </span>
      {Array.from({ length: count }, (_, i) => (
        <span
          key={i}
          id={`${ID}${from + i}`}
          role="gridcell"
          className={`hex__byte${CLASSES[marks[i] ?? ''] ?? ''}${values.startsWith(ZERO, i * 2) ? ' hex__byte--zero' : ''}${i === cursor ? ' hex__byte--cursor' : ''}`}
          data-changed={CHANGED[marks[i] ?? '']}
          {...(marks[i] === 'n' ? { 'aria-label': `${values.slice(i * 2, i * 2 + 2)}, changed` } : {})}
        >
          {values.slice(i * 2, i * 2 + 2)}
        </span>
      ))}
      <span role="gridcell" className="hex__text" aria-label={`as text ${text}`}>
        {text}
      </span>
    </div>
  );
});

/** Whether a byte that took its value in read `changed` is shown as changed at read `reads`. */
export function isChanged(changed: number, reads: number): 'now' | 'recently' | null {
  if (changed === 0) return null;
  if (changed === reads) return 'now';
  return reads - changed <= RECENT ? 'recently' : null;
}

const markOf = (changed: number, reads: number): string => isChanged(changed, reads)?.charAt(0) ?? '-';

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const textOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
