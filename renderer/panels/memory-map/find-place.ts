import { errorData } from '../../engine/engine-link.ts';
import { type JumpTarget, placeAt, resolvePlace, splitOffset } from '../../heatmap/geometry/jump.ts';
import type { AppModel } from '../../model/app-model.ts';

/**
 * A named range, an address or mapping (`resolvePlace`), or a variable of the open program (`g_world`, `g_world+0x40`). A variable
 * goes before mappings of whose names only a part was typed.
 */
export async function findPlace(
  text: string,
  { frames, pageObjects, namedRanges }: Pick<AppModel, 'frames' | 'pageObjects' | 'namedRanges'>,
): Promise<JumpTarget> {
  const range = inRange(text, namedRanges);
  if (range !== null) return placeAt(range, frames.vmas);
  const place = resolvePlace(text, frames.vmas);
  const { name, offset } = splitOffset(text);
  const isExact = place.ok && !place.partial;
  if (isExact || !pageObjects.isAble || !mayBeSymbol(name) || offset === null) return place;
  try {
    const symbol = await pageObjects.find(name);
    if (symbol !== null) return placeAt(symbol.start + offset, frames.vmas);
  } catch (cause) {
    const { message, remedy } = errorData(cause);
    return place.ok
      ? place
      : { ok: false, message: `${place.message} ${message} ${remedy}`.trim(), nearest: null };
  }
  if (place.ok || place.nearest !== null) return place;
  return {
    ok: false,
    message: `No mapping and no variable of a loaded file is called “${name}”, and it is not an address such as 0x7f0012340000. Static variables, and those of stripped files, need debug symbols.`,
    nearest: null,
  };
}

/** The address that `NAME` or `NAME+OFFSET` of a named range means. A name may have a plus sign itself. */
function inRange(text: string, namedRanges: AppModel['namedRanges']): bigint | null {
  const whole = namedRanges.find(text.trim());
  if (whole !== null) return whole.start;
  const { name, offset } = splitOffset(text);
  const start = namedRanges.find(name)?.start ?? null;
  return start === null || offset === null ? null : start + offset;
}

/** An identifier of C, C++ or Rust, mangled or not; not an address. */
const mayBeSymbol = (name: string): boolean => /^[A-Za-z_.$]/.test(name) && name.length <= 1000;
