import type { StoreApi } from 'zustand/vanilla';
import type { Side, ViewSettings } from './view-store.ts';

/** How much a window has room for: both sides and the middle, one side and the middle, or one of the three. */
export type Room = 'wide' | 'narrow' | 'single';

/** What the middle keeps beside open sides, in pixels. */
export const MIDDLE_MIN = 320;
export const LEFT_MIN = 160;
export const RIGHT_MIN = 260;
/** Width of the mappings until the user sets one: columns with short addresses, or whole ones in a wide window. */
const LEFT_USUAL = 396;
const LEFT_SPACIOUS = 520;
const SPACIOUS_FROM = 1800;

/** From this width on both sides leave the map some 400 pixels. */
const WIDE_FROM = 1100;

/** @param width of the workbench in CSS pixels, so it shrinks when the page is zoomed */
export function roomOf(width: number): Room {
  if (width >= WIDE_FROM) return 'wide';
  return width >= MIDDLE_MIN + RIGHT_MIN ? 'narrow' : 'single';
}

/** Room of the workbench now; beside a lesson it is narrower than the window. */
export function currentRoom(): Room {
  const workbench = document.querySelector('.workbench')?.clientWidth ?? 0;
  return roomOf(workbench > 0 ? workbench : window.innerWidth);
}

export function isSideOpen(view: ViewSettings, room: Room, side: Side): boolean {
  if (room === 'narrow') return view.sideWhenNarrow === side;
  if (room === 'single') return view.sideWhenSingle === side;
  return side === 'left' ? view.leftOpen : view.rightOpen;
}

export function openSide(view: StoreApi<ViewSettings>, room: Room, side: Side, open: boolean): void {
  if (room === 'narrow') view.setState({ sideWhenNarrow: open ? side : null });
  else if (room === 'single') view.setState({ sideWhenSingle: open ? side : null });
  else view.setState(side === 'left' ? { leftOpen: open } : { rightOpen: open });
}

export interface Widths {
  /** Null: closed. */
  readonly left: number | null;
  readonly right: number | null;
  /** Whether the middle is shown. */
  readonly middle: boolean;
}

/** Widths of the sides in a window of `width`: as set, as far as the middle keeps its room. */
export function widthsOf(view: ViewSettings, width: number): Widths {
  const room = roomOf(width);
  const left = isSideOpen(view, room, 'left');
  const right = isSideOpen(view, room, 'right');
  if (room === 'single' && (left || right)) {
    return { left: left ? width : null, right: right ? width : null, middle: false };
  }
  // The right keeps its least width; what is missing is taken from the left first, then from the right.
  const free = width - MIDDLE_MIN;
  const wanted = view.leftWidth ?? (width >= SPACIOUS_FROM ? LEFT_SPACIOUS : LEFT_USUAL);
  const leftWidth = Math.max(LEFT_MIN, Math.min(wanted, free - (right ? RIGHT_MIN : 0)));
  const rightWidth = Math.max(RIGHT_MIN, Math.min(view.rightWidth, free - (left ? leftWidth : 0)));
  return { left: left ? leftWidth : null, right: right ? rightWidth : null, middle: true };
}

/** A height that leaves `rest` pixels of `room`, but is not below `least`. */
export function heightWithin(height: number, room: number, rest: number, min: number): number {
  return Math.max(min, Math.min(height, room - rest));
}
