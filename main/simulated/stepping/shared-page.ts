import type { SharedPage } from '#shared/source/page-walk.ts';
import { hasFrame } from '../mm/entry.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { flagNames } from './entry-flags.ts';

/** A page in one of several processes: whether it shares a frame with the others, and how many entries refer to that. */
export function sharedPage(mm: MmStruct, page: number): SharedPage {
  const tile = mm.table.find(page);
  const index = tile === null ? 0 : page - tile.base;
  const flags = tile?.entry(index) ?? 0;
  const frame = tile !== null && hasFrame(flags) ? tile.frame(index) : null;
  const users = frame === null ? (flags === 0 ? 0 : 1) : mm.memory.frames.users(frame);
  return { process: mm.id, parent: mm.parent?.id ?? null, bits: flagNames(flags), frame, users };
}
