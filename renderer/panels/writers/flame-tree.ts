import { hierarchy, partition } from 'd3';
import type { WritersReply } from '#shared/contract/writers.ts';
import { baseName, codeName, sourceLine } from '#shared/writers/code-names.ts';
import { stacksOf } from '#shared/writers/stacks.ts';

interface Frame {
  readonly name: string;
  /** Source line or module. */
  readonly detail: string;
  /** Writes of this function alone. */
  own: number;
  readonly children: Map<string, Frame>;
}

/** A box of the flame graph: callers above what they call. */
export interface FlameBox {
  /** Names from the root on: the same for the same frame of later trees. */
  readonly path: string;
  /** Path of the caller; null for the root. */
  readonly parent: string | null;
  readonly name: string;
  readonly detail: string;
  readonly depth: number;
  /** Left and right edge, as fractions of the whole width. */
  readonly from: number;
  readonly to: number;
  /** Writes of this function and of everything it calls. */
  readonly writes: number;
}

/** The stacks of a reply as boxes, callers before what they call; siblings by name, so that they keep their order over time. */
export function flameBoxes(reply: WritersReply): FlameBox[] {
  const root: Frame = { name: 'All writers', detail: '', own: 0, children: new Map() };
  for (const { thread, frames, writes } of stacksOf(reply)) {
    let at = childOf(root, thread, 'thread');
    for (const place of frames) {
      const line = sourceLine(place);
      const detail = line ?? (place.module === null ? '' : baseName(place.module));
      at = childOf(at, codeName(place), detail);
    }
    at.own += writes;
  }
  const tree = hierarchy(root, ({ children }) => [...children.values()])
    .sum(({ own }) => own)
    .sort((a, b) => (a.data.name < b.data.name ? -1 : 1));
  const paths = new Map<unknown, string>();
  return partition<Frame>()(tree)
    .descendants()
    .map((node) => {
      const { data, depth, parent, x0, x1, value } = node;
      const above = parent === null ? null : (paths.get(parent) ?? null);
      const path = above === null ? '' : `${above}\n${data.name}`;
      paths.set(node, path);
      return {
        ...{ path, parent: above, name: data.name, detail: data.detail, depth },
        ...{ from: x0, to: x1, writes: value ?? 0 },
      };
    });
}

function childOf(frame: Frame, name: string, detail: string): Frame {
  const known = frame.children.get(name);
  if (known !== undefined) return known;
  const child = { name, detail, own: 0, children: new Map() };
  frame.children.set(name, child);
  return child;
}
